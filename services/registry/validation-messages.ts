import type { z } from 'zod';

/** Messages in plain words for what people get wrong most often; zod's own stand for the rest. Given to `safeParse` as `error`. */
export const validationMessage: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'unrecognized_keys') return `has ${issue.keys.join(', ')}, which is no known member`;
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.input === undefined) return 'is missing';
  return issue.expected === 'number' ? 'is not a number' : `is not of the type ${issue.expected}`;
};

/** One line for each issue: `operators[0].name is missing`. */
export const validationMessages = ({ issues }: z.ZodError): string[] =>
  issues.map(({ path, message }) => {
    const where = path
      .map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`))
      .join('')
      .replace(/^\./, '');
    const separator = /^(is|has|are) /.test(message) ? ' ' : ': ';
    return where === '' ? `the file ${message}` : `${where}${separator}${message}`;
  });
