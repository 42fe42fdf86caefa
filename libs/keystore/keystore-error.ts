/** Why a keystore is not made or not opened. */
export type KeystoreErrorCode =
	| "missing"
	| "exists"
	| "notWritten"
	| "unreadable"
	| "tooOpen"
	| "notJson"
	| "unknownVersion"
	| "wrongShape"
	| "absurdParameters"
	| "damaged"
	| "weakPassphrase"
	| "wrongPassphrase"
	| "wrongSecret";

/** A keystore that cannot be used. The message names the file and the fix, never a secret. */
export class KeystoreError extends Error {
	override readonly name = "KeystoreError";
	readonly code: KeystoreErrorCode;

	constructor(code: KeystoreErrorCode, message: string) {
		super(message);
		this.code = code;
	}
}
