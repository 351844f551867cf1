import { DataError } from '../error.ts';

/** The name of a file as it stands in messages. */
export function fileName(file: string | URL): string {
  return file instanceof URL ? file.pathname : file;
}

/** What `read` gives. Whatever it throws becomes a DataError that names the file and says what to do. */
export async function namingFile<Content>(
  file: string | URL,
  advice: string,
  read: () => Content | Promise<Content>,
): Promise<Content> {
  try {
    return await read();
  } catch (cause) {
    const { message } = cause as Error;
    const isOurs = cause instanceof DataError;
    throw new DataError(
      `${fileName(file)}: ${isOurs ? message : `${message.replace(/\.?$/, '.')} ${advice}`}`,
      { cause },
    );
  }
}
