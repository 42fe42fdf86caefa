import type { Random } from "../../core/types/clock.ts";
import type { IntentId } from "../../core/types/identifiers.ts";

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
const BOOT_LENGTH = 8;
const COUNTER_LENGTH = 8;
/** The largest multiple of the alphabet's length in 32 bits: numbers above would favour its first letters. */
const FAIR_RANGE = 2 ** 32 - (2 ** 32 % ALPHABET.length);

/** Intent ids of one life of an actor: a random part that no other life has, and a counter. */
export class IntentIds {
	readonly #boot: string;
	#count = 0;

	constructor(random: Random) {
		this.#boot = Array.from({ length: BOOT_LENGTH }, () => letter(random)).join("");
	}

	next(): IntentId {
		const count = this.#count++;
		return `${this.#boot}${count.toString(ALPHABET.length).padStart(COUNTER_LENGTH, "0")}` as IntentId;
	}
}

function letter(random: Random): string {
	let drawn = random.nextUint32();
	while (drawn >= FAIR_RANGE) drawn = random.nextUint32();
	return ALPHABET[drawn % ALPHABET.length] as string;
}
