/** A name for a file with an answer of this model, which every system takes. */
export function answerFile(model: string, ending: 'csv' | 'json' | 'wav'): string {
  return `prediction-${model.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.${ending}`;
}

/** The name of the target's column in a file; told apart from the other columns where it is named like one of them. */
export function targetColumn(target: string, others: readonly string[]): string {
  return others.includes(target) ? targetColumn(`${target} (predicted)`, others) : target;
}
