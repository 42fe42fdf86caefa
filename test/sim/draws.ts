import { createHash } from "node:crypto";
import type { Random } from "../../core/types/clock.ts";
import { seededRandom } from "../../libs/random.ts";

/**
 * Numbers for a named decision. Every decision has a name of its own ("executor-1 getTransaction 17"), so that what is
 * drawn for it does not depend on what else was drawn before: sockets and timers come in another order each time.
 */
export function drawsFor(seed: number, name: string): Draws {
	const digest = createHash("sha256").update(`${seed}/${name}`).digest();
	return new Draws(seededRandom(digest.readUInt32LE(0)));
}

export class Draws {
	readonly #random: Random;

	constructor(random: Random) {
		this.#random = random;
	}

	/** From 0 up to, not with, 1. */
	fraction(): number {
		return this.#random.nextUint32() / 2 ** 32;
	}

	happens(probability: number): boolean {
		return this.fraction() < probability;
	}

	/** A whole number of a range, ends included. */
	between(least: number, most: number): number {
		return least + Math.floor(this.fraction() * (most - least + 1));
	}

	/** One of the choices, by their weights. */
	oneOf<T extends string>(weights: Readonly<Record<T, number>>): T {
		const choices = Object.entries(weights) as [T, number][];
		let left = this.fraction() * choices.reduce((sum, [, weight]) => sum + weight, 0);
		for (const [choice, weight] of choices) {
			left -= weight;
			if (left < 0) return choice;
		}
		return choices.at(-1)![0];
	}
}
