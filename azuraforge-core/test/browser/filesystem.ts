/** `readFileSync` of a page: a request to the server that the page came from, for which everything waits. */
export function readFileSync(url: URL): string {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.send();
  if (request.status !== 200) throw new Error(`${url} answered ${request.status}`);
  return request.responseText;
}
