// The sandbox's commands over HTTP.

/** A command that was refused: `argument` names what is wrong with it, or is null. */
export class CommandError extends Error {
  constructor({ code, argument, message }) {
    super(message);
    this.code = code;
    this.argument = argument;
  }
}

/** Runs a command and gives its result. */
export async function call(command, body = {}) {
  let response;
  try {
    response = await fetch(`api/${command}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new CommandError({ code: 'unreachable', argument: null, message: 'unreachable' });
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  throw new CommandError(answer?.error ?? { code: 'failed', argument: null, message: `HTTP ${response.status}` });
}
