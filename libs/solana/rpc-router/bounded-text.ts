/**
 * The body of an answer as text, read only so far: what it unpacks to counts, not what it announces.
 *
 * @returns null when it is longer than `maximumBytes`; the rest is not read
 */
export async function boundedText({ body }: Response, maximumBytes: number): Promise<string | null> {
	if (!body) return "";
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	// Leaving the loop early ends the transfer.
	for await (const chunk of body as AsyncIterable<Uint8Array>) {
		bytes += chunk.length;
		if (bytes > maximumBytes) return null;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks, bytes).toString("utf8");
}
