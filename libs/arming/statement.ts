import { createPublicKey, verify } from "node:crypto";
import { type ArmingStatement, statementText } from "../../core/execution/arming.ts";
import { Base58 } from "../solana/base58.ts";
import { createSigner } from "../solana/signer.ts";

/** A person who may arm. */
export interface ArmingPerson {
	readonly name: string;
	/** Ed25519 public key, base58. */
	readonly key: string;
}

const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;

/** Signs a statement with a person's key: seed and public key, 64 bytes. */
export async function signStatement(
	statement: Omit<ArmingStatement, "signature">,
	secret: Uint8Array,
): Promise<ArmingStatement> {
	const signature = Buffer.alloc(SIGNATURE_BYTES);
	const signer = await createSigner(secret);
	signer.sign(Buffer.from(statementText(statement), "utf8"), signature);
	return { ...statement, signature: signature.toString("base64") };
}

/** Whether the person whom a statement names, and nobody else, signed it. */
export function isSignedByPerson(statement: ArmingStatement, people: readonly ArmingPerson[]): boolean {
	const person = people.find(({ name }) => name === statement.name);
	if (!person) return false;
	const x = Buffer.alloc(KEY_BYTES);
	try {
		new Base58().readHash(person.key as Parameters<Base58["readHash"]>[0], x);
	} catch {
		return false;
	}
	const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: x.toString("base64url") }, format: "jwk" });
	const signature = Buffer.from(statement.signature, "base64");
	return verify(null, Buffer.from(statementText(statement), "utf8"), key, signature);
}
