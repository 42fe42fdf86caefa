import { beforeAll, expect, test } from "@jest/globals";
import { quoteFlashLoan } from "../../../core/execution/flash-loan.ts";
import { solendFlashFee } from "../../../core/execution/lenders/solend/fee.ts";
import { SOLEND_ERROR } from "../../../core/execution/lenders/solend/layout.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import { seededRandom } from "../../../libs/random.ts";
import { SOLEND_FLASH_BORROW_OFFSET, SOLEND_FLASH_REPAY_OFFSET } from "../../../libs/solana/instructions/solend.ts";
import { readProgram } from "../../../programs/load.ts";
import { HOST_RECEIVER, OTHER_MARKET, PAYER, randomBits, SolendLender, USER, withAccount } from "./solend-lender.ts";
import { wireTransaction } from "./virtual-machine.ts";

let on: SolendLender;

beforeAll(async () => {
	on = await SolendLender.open(readProgram("solend"));
});

test("rounds the host's part of the exact fee, not of a hundredth of it", () => {
	on.set({ available: 29n, user: 21n, feeWad: 738_916_256_157_635_468n, hostFeePercentage: 7 });
	const host = OTHER_MARKET;
	on.setTokens(host, PAYER, 0n);
	const repay = withAccount(on.repay(29n), HOST_RECEIVER, { address: host });
	expect(on.send(on.borrow(29n), repay)).toMatchObject({ ok: true });
	expect([on.tokens(on.lender.feeVault), on.tokens(host)]).toEqual([19n, 2n]);
	expect(solendFlashFee(29n, { flashLoanFeeWad: 738_916_256_157_635_468n, hostFeePercentage: 7 })).toEqual({
		ok: true,
		value: { originationFee: 19n, hostFee: 2n },
	});
});

test("takes exactly the fee that the core computes, in its two parts, on 3,000 random loans", () => {
	const random = seededRandom(7);
	const host = OTHER_MARKET;
	const transaction = wireTransaction(PAYER, [
		on.borrow(0n),
		withAccount(on.repay(0n), HOST_RECEIVER, { address: host }),
	]);
	const [borrowData, repayData] = transaction.dataOffsets as [number, number];
	const counts = { lent: 0, refused: 0 };
	for (let round = 0; round < 3_000; round++) {
		const small = round % 8 === 0;
		const amount = 1n + randomBits(random, random.nextUint32() % (small ? 6 : 64));
		const feeWad = randomBits(random, random.nextUint32() % (small ? 64 : 61));
		const hostFeePercentage = round % 3 === 0 ? 0 : random.nextUint32() % 101;
		const fee = solendFlashFee(amount, { flashLoanFeeWad: feeWad, hostFeePercentage });
		const [own, hosts] = fee.ok ? [fee.value.originationFee, fee.value.hostFee] : [0n, 0n];
		const minimumFee = hostFeePercentage > 0 ? 2n : 1n;
		const quoted = quoteFlashLoan({ ...on.lender, feeNumerator: feeWad, minimumFee, availableAmount: amount }, amount);
		on.set({ available: amount, user: own + hosts, feeWad, hostFeePercentage });
		on.setTokens(host, PAYER, 0n);
		writeUint64(transaction.bytes, borrowData + SOLEND_FLASH_BORROW_OFFSET.amount, amount);
		writeUint64(transaction.bytes, repayData + SOLEND_FLASH_REPAY_OFFSET.amount, amount);
		const outcome = on.vm.send(transaction);
		if (!fee.ok) {
			expect({ round, quoted, outcome }).toMatchObject({
				outcome: { error: SOLEND_ERROR.borrowTooSmall },
				quoted: { error: "loanTooSmall" },
			});
			counts.refused++;
			continue;
		}
		const [vault, fees, hostTokens, user] = [on.lender.supplyVault, on.lender.feeVault, host, USER].map((of) =>
			on.tokens(of),
		);
		const is = [outcome.ok, vault, fees, hostTokens, user].join();
		if (is !== [true, amount, own, hosts, 0n].join() || !quoted.ok || quoted.value.fee !== own + hosts) {
			throw new Error(
				`loan ${amount}, fee ${feeWad} wad, host ${hostFeePercentage} %: expected ${own} + ${hosts}, got ${is}`,
			);
		}
		counts.lent++;
	}
	expect(counts.lent).toBeGreaterThan(2_000);
	expect(counts.refused).toBeGreaterThan(100);
});
