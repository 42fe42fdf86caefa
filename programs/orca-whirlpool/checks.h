/*
 * Whether the accounts of a swap are what they must be, in the order in which Anchor looks.
 */
#ifndef ORCA_WHIRLPOOL_CHECKS_H
#define ORCA_WHIRLPOOL_CHECKS_H

#include "state.h"

/* ---- Accounts, as Anchor checks them ---- */

OUTLINE Status check_whirlpool(const Account *account)
{
	REQUIRE(same_key(account->owner, INVOCATION->program_id), ANCHOR_OWNED_BY_WRONG_PROGRAM);
	REQUIRE(account->data_length >= 8, ANCHOR_DISCRIMINATOR_NOT_FOUND);
	REQUIRE(read_u64(account->data) == DISCRIMINATOR_WHIRLPOOL, ANCHOR_DISCRIMINATOR_MISMATCH);
	REQUIRE(account->data_length >= POOL_SIZE, ANCHOR_DID_NOT_DESERIALIZE);
	return OK;
}

/* Why Token's own reading fails: no such account was ever initialized, or the bytes are none of its. */
INLINE Status unreadable(const Account *account, u64 size, u64 state)
{
	return account->data_length >= size && account->data[state] == 0 ? UNINITIALIZED_ACCOUNT : INVALID_ACCOUNT_DATA;
}

OUTLINE Status check_mints(void)
{
	for (u64 index = TOKEN_MINT_A; index <= TOKEN_MINT_B; index++) {
		REQUIRE(is_token_program(ACCOUNT(index)->owner), ANCHOR_OWNED_BY_WRONG_PROGRAM);
		REQUIRE(is_mint(ACCOUNT(index)), unreadable(ACCOUNT(index), MINT_SIZE, MINT_INITIALIZED));
	}
	return OK;
}

/* Which token programs there may be is the difference: the first instruction knows SPL Token alone. */
INLINE bool is_allowed_program(const u8 *key)
{
	return SWAP->has_mints ? is_token_program(key) : same_key(key, TOKEN_PROGRAM_ID);
}

OUTLINE Status check_types(void)
{
	REQUIRE(is_allowed_program(ACCOUNT(TOKEN_PROGRAM_A)->key), ANCHOR_INVALID_PROGRAM_ID);
	REQUIRE(is_allowed_program(ACCOUNT(TOKEN_PROGRAM_B)->key), ANCHOR_INVALID_PROGRAM_ID);
	if (SWAP->has_mints)
		REQUIRE(same_key(ACCOUNT(MEMO_PROGRAM)->key, MEMO_PROGRAM_ID), ANCHOR_INVALID_PROGRAM_ID);
	REQUIRE(ACCOUNT(TOKEN_AUTHORITY)->is_signer, ANCHOR_NOT_SIGNER);
	TRY(check_whirlpool(ACCOUNT(WHIRLPOOL)));
	if (SWAP->has_mints)
		TRY(check_mints());
	for (u64 index = TOKEN_OWNER_ACCOUNT_A; index <= TOKEN_VAULT_B; index++) {
		REQUIRE(is_allowed_program(ACCOUNT(index)->owner), ANCHOR_OWNED_BY_WRONG_PROGRAM);
		REQUIRE(is_token_account(ACCOUNT(index)),
			unreadable(ACCOUNT(index), TOKEN_ACCOUNT_SIZE, TOKEN_ACCOUNT_STATE));
	}
	return OK;
}

OUTLINE Status check_mint_constraints(const u8 *pool)
{
	REQUIRE(same_key(ACCOUNT(TOKEN_PROGRAM_A)->key, ACCOUNT(TOKEN_MINT_A)->owner), ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(same_key(ACCOUNT(TOKEN_PROGRAM_B)->key, ACCOUNT(TOKEN_MINT_B)->owner), ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(same_key(ACCOUNT(TOKEN_MINT_A)->key, pool + POOL_TOKEN_MINT_A), ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(same_key(ACCOUNT(TOKEN_MINT_B)->key, pool + POOL_TOKEN_MINT_B), ANCHOR_CONSTRAINT_ADDRESS);
	REQUIRE(ACCOUNT(TOKEN_MINT_A)->data_length == MINT_SIZE, UNSUPPORTED_TOKEN_MINT);
	REQUIRE(ACCOUNT(TOKEN_MINT_B)->data_length == MINT_SIZE, UNSUPPORTED_TOKEN_MINT);
	return OK;
}

OUTLINE Status check_side(u64 owner_account, const u8 *mint, const u8 *vault)
{
	const Account *holder = ACCOUNT(owner_account), *held = ACCOUNT(owner_account + 1);
	REQUIRE(holder->is_writable, ANCHOR_CONSTRAINT_MUT);
	REQUIRE(same_key(holder->data + TOKEN_ACCOUNT_MINT, mint), ANCHOR_CONSTRAINT_RAW);
	REQUIRE(held->is_writable, ANCHOR_CONSTRAINT_MUT);
	REQUIRE(same_key(held->key, vault), ANCHOR_CONSTRAINT_ADDRESS);
	return OK;
}

INLINE void set_seed(u64 index, const u8 *bytes, u64 length)
{
	SWAP->seeds[index].bytes = bytes;
	SWAP->seeds[index].length = length;
}

/* Whether `key` is the program address of the first `count` seeds. */
OUTLINE bool is_derived(const u8 *key, u64 count)
{
	Swap *swap = SWAP;
	u64 failed =
		sol_try_find_program_address(swap->seeds, count, INVOCATION->program_id, swap->derived, &swap->bump);
	abort_unless(failed == 0);
	return same_key(swap->derived, key);
}

OUTLINE Status check_constraints(const u8 *pool)
{
	if (SWAP->has_mints)
		TRY(check_mint_constraints(pool));
	REQUIRE(ACCOUNT(WHIRLPOOL)->is_writable, ANCHOR_CONSTRAINT_MUT);
	TRY(check_side(TOKEN_OWNER_ACCOUNT_A, pool + POOL_TOKEN_MINT_A, pool + POOL_TOKEN_VAULT_A));
	TRY(check_side(TOKEN_OWNER_ACCOUNT_B, pool + POOL_TOKEN_MINT_B, pool + POOL_TOKEN_VAULT_B));
	for (u64 index = TICK_ARRAY_0; index <= TICK_ARRAY_2; index++)
		REQUIRE(ACCOUNT(index)->is_writable, ANCHOR_CONSTRAINT_MUT);
	set_seed(0, ORACLE_SEED, sizeof(ORACLE_SEED) - 1);
	set_seed(1, ACCOUNT(WHIRLPOOL)->key, 32);
	REQUIRE(is_derived(ACCOUNT(ORACLE)->key, 2), ANCHOR_CONSTRAINT_SEEDS);
	if (SWAP->has_mints)
		REQUIRE(ACCOUNT(ORACLE)->is_writable, ANCHOR_CONSTRAINT_MUT);
	return OK;
}

INLINE bool is_absent(const Account *account)
{
	return same_key(account->owner, SYSTEM_PROGRAM_ID) && account->data_length == 0;
}

/* A pool whose oracle exists has an adaptive fee: state/oracle.rs, OracleAccessor. */
OUTLINE Status check_oracle(const Account *oracle)
{
	if (is_absent(oracle))
		return OK;
	REQUIRE(same_key(oracle->owner, INVOCATION->program_id), ANCHOR_OWNED_BY_WRONG_PROGRAM);
	REQUIRE(oracle->data_length >= 8, ANCHOR_DISCRIMINATOR_NOT_FOUND);
	REQUIRE(read_u64(oracle->data) == DISCRIMINATOR_ORACLE, ANCHOR_DISCRIMINATOR_MISMATCH);
	return FEATURE_IS_NOT_ENABLED;
}

#endif
