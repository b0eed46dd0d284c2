// SPDX-License-Identifier: Apache-2.0
// kif-probe: runs inside a container and finds out, by using them, what its libcrypto and libssl really do. Every step
// is reported, also after one has failed. Exit code 0: all passed; 1: not; 2: wrong usage.
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include "base/file.h"
#include "probe/finding.h"
#include "probe/further_libcrypto.h"
#include "probe/steps.h"

namespace {

using namespace kif;
using namespace kif::probe;

constexpr std::string_view k_usage =
    "usage: kif-probe [--state]\n"
    "Checks the OpenSSL of the container it runs in: one JSON object per line.\n"
    "  --state  only what a process's OpenSSL is made of, and whether it gained rights\n";

void say(int fd, std::string_view text) {
  [[maybe_unused]] const auto written = write_all(fd, std::as_bytes(std::span(text)), "text");
}

/// The first steps decide what seeds the random generators, so nothing before them may draw.
void check_random_generators(Report& report, const Libcrypto& crypto) {
  const auto before = libcrypto::seed_counters(crypto);
  crypto.ERR_clear_error();
  report.add("drbg-primary", check_generator(crypto, crypto.RAND_get0_primary(nullptr)));
  report.add("drbg-public", check_generator(crypto, crypto.RAND_get0_public(nullptr)));
  report.add("drbg-private", check_generator(crypto, crypto.RAND_get0_private(nullptr)));
  report.add("rand-bytes", check_draw(crypto, crypto.RAND_bytes));
  report.add("rand-priv-bytes", check_draw(crypto, crypto.RAND_priv_bytes));
  report.add("seed-origin", check_seed_origin(crypto, before));
  report.add("drawn-bytes", check_drawn_bytes(crypto));
}

void check_tls(Report& report, const Libcrypto& crypto) {
  const auto ssl = Libssl::open(crypto);
  if (!ssl) {
    for (const char* step : {"tls-1.3", "tls-1.2", "tls-refuses-x25519", "tls-refuses-chacha20",
                             "refuse-tls12-without-ems", "refuse-rsa-pkcs1-encryption"})
      report.add(step, could_not_check(ssl.error().message));
    return;
  }
  const Finding handshake = check_tls_1_3(crypto, *ssl);
  report.add("tls-1.3", handshake);
  const Finding handshake_1_2 = check_tls_1_2(crypto, *ssl);
  report.add("tls-1.2", handshake_1_2);
  report.add("tls-refuses-x25519", check_tls_x25519_refused(crypto, *ssl, handshake));
  report.add("tls-refuses-chacha20", check_tls_chacha20_refused(crypto, *ssl, handshake));
  report.add("refuse-tls12-without-ems", check_tls_1_2_without_ems_refused(crypto, *ssl, handshake_1_2));
  report.add("refuse-rsa-pkcs1-encryption", check_tls_rsa_key_exchange_refused(crypto, *ssl, handshake_1_2));
}

void run_steps(Report& report, const Libcrypto& crypto, bool has_libssl) {
  report.add("libcrypto", check_libcrypto(crypto));
  const Finding no_load_config = check_in_child(check_no_load_config, crypto);
  report.add("configuration", check_configuration(crypto));
  report.add("fips-properties", check_fips_properties(crypto));
  report.add("providers", check_providers(crypto));
  check_random_generators(report, crypto);

  const Finding sha_256 = check_sha_256(crypto);
  const Finding aes_256_gcm = check_aes_256_gcm(crypto);
  const Finding p_256 = check_p_256(crypto);
  const Finding rsa_2048 = check_rsa_2048(crypto);
  report.add("sha-256", sha_256);
  report.add("aes-256-gcm", aes_256_gcm);
  report.add("p-256", p_256);
  report.add("rsa-2048", rsa_2048);
  report.add("thread", check_thread_draw(crypto));
  report.add("fork", check_fork_draw(crypto));
  report.add("getrandom", check_getrandom());
  report.add("random-device", check_random_device());
  if (has_libssl)
    check_tls(report, crypto);

  report.add("refuse-md5", check_md5_refused(crypto, sha_256));
  report.add("refuse-hmac-md5", check_hmac_md5_refused(crypto, sha_256));
  report.add("refuse-rsa-1024", check_rsa_1024_refused(crypto, rsa_2048));
  report.add("refuse-x25519", check_x25519_refused(crypto, p_256));
  report.add("refuse-chacha20-poly1305", check_chacha20_poly1305_refused(crypto, aes_256_gcm));
  report.add("refuse-sha1-signatures", check_sha_1_signatures_refused(crypto, p_256));
  report.add("refuse-3des-encryption", check_3des_encryption_refused(crypto, aes_256_gcm));
  report.add("no-load-config", no_load_config);
  report.add("own-context", check_own_context(crypto));
  report.add("provider-default", check_provider_default(crypto));
  report.add("provider-legacy", check_provider_legacy(crypto));
}

/// An image may have libssl of its newest major version alone.
void run_further_steps(Report& report, const Libcrypto& crypto) {
  run_steps(report, crypto, Libssl::open(crypto).has_value());
}

void run_all(Report& report) {
  const auto all = Libcrypto::open_all();
  if (!all) {
    report.add("libcrypto", failed(all.error().message));
    return;
  }
  std::vector<Finding> further;
  for (std::size_t i = 1; i < all->size(); ++i)
    further.push_back(check_further_libcrypto((*all)[i], run_further_steps));
  run_steps(report, all->front(), true); // without libssl its steps say so
  for (const Finding& finding : further)
    report.add("further-libcrypto", finding);
}

/// For a start in which OpenSSL ignores the environment, or has none. Random bytes past OpenSSL are not drawn:
/// libkif-random.so stays away from programs that gain rights.
void run_state(Report& report) {
  report.add("secure-execution", check_secure_execution());
  const auto crypto = Libcrypto::open();
  if (!crypto) { // by LD_LIBRARY_PATH alone, perhaps: then no such program finds it
    report.add("libcrypto", could_not_check(crypto.error().message));
    return;
  }
  report.add("libcrypto", check_libcrypto(*crypto));
  report.add("configuration", check_configuration(*crypto));
  report.add("fips-properties", check_fips_properties(*crypto));
  report.add("providers", check_providers(*crypto));
  check_random_generators(report, *crypto);
  const Finding sha_256 = check_sha_256(*crypto);
  report.add("sha-256", sha_256);
  report.add("refuse-md5", check_md5_refused(*crypto, sha_256));
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view option = argc > 1 ? argv[1] : "";
  const bool is_state = argc == 2 && option == "--state";
  if (argc > 1 && !is_state) {
    const bool help = option == "--help";
    const bool version = option == "--version";
    say(help || version ? STDOUT_FILENO : STDERR_FILENO, version ? "kif-probe " KIF_VERSION "\n" : k_usage);
    return help || version ? 0 : 2;
  }
  Report report(STDOUT_FILENO);
  if (is_state)
    run_state(report);
  else
    run_all(report);
  return report.finish() ? 0 : 1;
}
