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

// tls_steps.cpp: a client and a server of this process, over memory.
Finding check_tls_1_3(const Libcrypto& crypto, const Libssl& ssl);
Finding check_tls_x25519_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_3);
Finding check_tls_chacha20_refused(const Libcrypto& crypto, const Libssl& ssl, const Finding& tls_1_3);

} // namespace kif::probe
