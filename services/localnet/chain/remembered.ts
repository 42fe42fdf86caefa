/**
 * Answers of a pure function, each worked out once as long as it is remembered. The same accounts, blockhashes and
 * signatures are named again and again, and base58 was a third of what the chain's servers cost.
 */
export class Remembered<Answer extends string | null> {
	readonly #capacity: number;
	readonly #workOut: (question: string) => Answer;
	readonly #answers = new Map<string, Answer>();

	/** @param capacity answers remembered; beyond it all are forgotten at once */
	constructor(capacity: number, workOut: (question: string) => Answer) {
		this.#capacity = capacity;
		this.#workOut = workOut;
	}

	of(question: string): Answer {
		const known = this.#answers.get(question);
		if (known !== undefined) return known;
		if (this.#answers.size >= this.#capacity) this.#answers.clear();
		const answer = this.#workOut(question);
		this.#answers.set(question, answer);
		return answer;
	}
}
