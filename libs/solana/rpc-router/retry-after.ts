/** A pause that is asked for is kept, but never longer than this: a header may be wrong, and a person has to see it. */
export const LONGEST_PAUSE_MS = 120_000;

/**
 * How long a server wants to be left alone, by its `Retry-After` header (RFC 9110, section 10.2.3): seconds, or a date.
 *
 * @param nowMs milliseconds since the Unix epoch
 * @returns milliseconds, at most {@link LONGEST_PAUSE_MS}; null when the header is absent or says nothing
 */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
	if (header === null) return null;
	const text = header.trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Math.min(LONGEST_PAUSE_MS, Math.ceil(Number(text) * 1_000));
	const at = /[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
	if (Number.isNaN(at)) return null;
	return Math.min(LONGEST_PAUSE_MS, Math.max(0, at - nowMs));
}
