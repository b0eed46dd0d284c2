// SPDX-License-Identifier: Apache-2.0
// The steps of kif-probe. None throws or ends the process; each leaves OpenSSL's error queue empty.
#pragma once

#include "libcrypto/library.h"
#include "libcrypto/state.h"
#include "probe/finding.h"

namespace kif::probe {

using libcrypto::Libcrypto;
using libcrypto::Libssl;
using libcrypto::Owned;

// state_steps.cpp: what this process's OpenSSL is made of. `check_configuration` loads the configuration, as the first
// use of OpenSSL in an application does.
Finding check_libcrypto(const Libcrypto& crypto);
/// The kernel marked this process as one that gained rights when it was started (AT_SECURE): OpenSSL ignores
/// OPENSSL_CONF and OPENSSL_MODULES. could_not_check where it did not: nothing is shown then about those that do.
Finding check_secure_execution();
Finding check_configuration(const Libcrypto& crypto);
Finding check_fips_properties(const Libcrypto& crypto);
Finding check_providers(const Libcrypto& crypto);
Finding check_generator(const Libcrypto& crypto, EVP_RAND_CTX* context);

/// The seeds of all random bytes drawn since `before` came from kif's source: its counter moved by at least one seed.
Finding check_seed_origin(const Libcrypto& crypto, const std::optional<libcrypto::SeedCounters>& before);

// random_steps.cpp
using Draw = int (*)(unsigned char*, int);
Finding check_draw(const Libcrypto& crypto, Draw draw);
Finding check_thread_draw(const Libcrypto& crypto);
Finding check_fork_draw(const Libcrypto& crypto);

// drawn_steps.cpp: digests of what this process draws, for kif verify to compare with other runs'; and that two new
// blocks of the seed source differ.
Finding check_drawn_bytes(const Libcrypto& crypto);

// system_random_steps.cpp: what programs ask past OpenSSL.
Finding check_getrandom();
Finding check_random_device();

// algorithm_steps.cpp: approved algorithms work, and are the module's.
Finding check_sha_256(const Libcrypto& crypto);
Finding check_aes_256_gcm(const Libcrypto& crypto);
Finding check_rsa_2048(const Libcrypto& crypto);
Finding check_p_256(const Libcrypto& crypto);

// refusal_steps.cpp: what is not approved is refused. A refusal shows something only where its approved counterpart
// works: a library that refuses everything refuses for another reason.
Finding check_md5_refused(const Libcrypto& crypto, const Finding& sha_256);
Finding check_hmac_md5_refused(const Libcrypto& crypto, const Finding& sha_256);
Finding check_rsa_1024_refused(const Libcrypto& crypto, const Finding& rsa_2048);
Finding check_x25519_refused(const Libcrypto& crypto, const Finding& p_256);
Finding check_chacha20_poly1305_refused(const Libcrypto& crypto, const Finding& aes_256_gcm);
// These an image may have by choice (`kif harden --compat`). Their steps are named refuse-FEATURE, after it.
Finding check_sha_1_signatures_refused(const Libcrypto& crypto, const Finding& p_256);
Finding check_3des_encryption_refused(const Libcrypto& crypto, const Finding& aes_256_gcm);

// detour_steps.cpp: ways past the configuration, taken as a linked program takes them: each must lead to the module,
// and what is not approved be refused behind it.
Finding check_no_load_config(const Libcrypto& crypto);
Finding check_own_context(const Libcrypto& crypto);
Finding check_provider_default(const Libcrypto& crypto);
Finding check_provider_legacy(const Libcrypto& crypto);

/// Runs the step in a forked child, for one that needs a process whose OpenSSL is not set up yet.
Finding check_in_child(Finding (*step)(const Libcrypto& crypto), const Libcrypto& crypto);

// tls_steps.cpp: a client and a server of this process, over memory.
Finding check_tls_1_3(const Libcrypto& crypto, const Libssl& ssl);
Finding check_tls_x25519_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_3);
Finding check_tls_chacha20_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_3);
Finding check_tls_1_2(const Libcrypto& crypto, const Libssl& ssl);
Finding check_tls_1_2_without_ems_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_2);
Finding check_tls_rsa_key_exchange_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_2);

} // namespace kif::probe
