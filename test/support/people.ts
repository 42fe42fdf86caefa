import type { ArmingStatement, Arms } from "../../core/execution/arming.ts";
import { encodeBase58 } from "../../core/types/base58.ts";
import { type ArmingPerson, signStatement } from "../../libs/arming/statement.ts";
import { systemClock } from "../../libs/clock.ts";
import { generateSeed, publicKeyOf } from "../../libs/solana/signer.ts";

const HOUR_MICROS = 3_600_000_000;

/** Somebody who may arm. */
export class Person implements ArmingPerson {
	readonly name: string;
	readonly key: string;
	readonly secret: Buffer;

	constructor(name: string) {
		const seed = generateSeed();
		this.name = name;
		this.secret = Buffer.concat([seed, publicKeyOf(seed)]);
		this.key = encodeBase58(publicKeyOf(seed));
	}

	/** Says that this may trade, for an hour from now. */
	arm(arms: Arms, changes: Partial<ArmingStatement> = {}): Promise<ArmingStatement> {
		const signedAtMicros = changes.signedAtMicros ?? systemClock.epochMicros();
		const expiresAtMicros = signedAtMicros + HOUR_MICROS;
		return signStatement({ name: this.name, ...arms, signedAtMicros, expiresAtMicros, ...changes }, this.secret);
	}
}
