import { expect, test } from "@jest/globals";
import { KLEND_PROGRAM, RESERVE_SIZE } from "../../../../../core/execution/lenders/klend/layout.ts";
import { decodeReserve, lenderProgramOf } from "../../../../../core/execution/lenders/reserve.ts";
import { SOLEND_PROGRAM, SOLEND_RESERVE_SIZE } from "../../../../../core/execution/lenders/solend/layout.ts";
import type { Address } from "../../../../../core/types/address.ts";

const SYSTEM = "11111111111111111111111111111111" as Address;
const account = (owner: Address, size: number) => ({
	address: SYSTEM,
	owner,
	data: new Uint8Array(size),
	lendingMarketAuthority: SYSTEM,
});

test("an account of no lending program is refused", () => {
	expect(lenderProgramOf(SYSTEM)).toBeUndefined();
	const detail = `reserve ${SYSTEM} is owned by ${SYSTEM}, which is no lender`;
	for (const size of [0, RESERVE_SIZE, SOLEND_RESERVE_SIZE]) {
		expect(decodeReserve(account(SYSTEM, size))).toEqual({ ok: false, error: { code: "wrongOwner", detail } });
	}
});

test("each program's accounts are read by its own rules", () => {
	expect(decodeReserve(account(KLEND_PROGRAM, SOLEND_RESERVE_SIZE))).toMatchObject({ error: { code: "wrongSize" } });
	expect(decodeReserve(account(KLEND_PROGRAM, RESERVE_SIZE))).toMatchObject({ error: { code: "wrongDiscriminator" } });
	expect(decodeReserve(account(SOLEND_PROGRAM, RESERVE_SIZE))).toMatchObject({ error: { code: "wrongSize" } });
	expect(decodeReserve(account(SOLEND_PROGRAM, SOLEND_RESERVE_SIZE))).toMatchObject({
		error: { code: "wrongVersion" },
	});
	expect(lenderProgramOf(SOLEND_PROGRAM)).toMatchObject({ kind: "solend", reserveSize: SOLEND_RESERVE_SIZE });
});
