// SPDX-License-Identifier: Apache-2.0
#include "probe/steps.h"

#include <array>
#include <string>
#include <system_error>
#include <thread>

#include "probe/child_answer.h"

namespace kif::probe {
namespace {

constexpr std::size_t k_drawn_bytes = 32;
using Bytes = std::array<unsigned char, k_drawn_bytes>;

bool fill(Draw draw, Bytes& bytes) {
  return draw(bytes.data(), static_cast<int>(bytes.size())) == 1;
}

/// What a forked child tells its parent: drawn or not, then the bytes or the text of the error.
constexpr char k_drawn = 'd';
constexpr char k_refused = 'r';

std::string draw_as_child(const Libcrypto& crypto) {
  Bytes bytes{};
  if (!fill(crypto.RAND_bytes, bytes))
    return k_refused + crypto.error_text();
  return k_drawn + std::string(bytes.begin(), bytes.end());
}

} // namespace

Finding check_draw(const Libcrypto& crypto, Draw draw) {
  Bytes first{};
  Bytes second{};
  if (!fill(draw, first) || !fill(draw, second))
    return failed(crypto.error_text());
  if (first == second)
    return failed("two draws gave the same bytes");
  return pass("2 draws of 32 bytes, which differ");
}

Finding check_thread_draw(const Libcrypto& crypto) {
  Bytes own{};
  if (!fill(crypto.RAND_bytes, own))
    return could_not_check("the first thread cannot draw: " + crypto.error_text());
  Finding finding;
  try {
    std::thread([&] {
      Bytes bytes{};
      if (!fill(crypto.RAND_bytes, bytes))
        finding = failed(crypto.error_text());
      else
        finding = bytes == own ? failed("a new thread drew the bytes of the first") : pass("32 bytes in a new thread");
      crypto.OPENSSL_thread_stop();
    }).join();
  } catch (const std::system_error& error) {
    return could_not_check(std::string("cannot start a thread: ") + error.what());
  }
  return finding;
}

Finding check_fork_draw(const Libcrypto& crypto) {
  Bytes before{};
  if (!fill(crypto.RAND_bytes, before))
    return could_not_check("the parent cannot draw: " + crypto.error_text());
  const auto answer = ask_child([&] { return draw_as_child(crypto); });
  if (!answer)
    return could_not_check(answer.error().message);
  if (answer->text.empty() || answer->status != 0)
    return failed("the child ended without an answer, wait status " + std::to_string(answer->status));
  if (answer->text.front() == k_refused)
    return failed("in the child: " + answer->text.substr(1));
  Bytes after{};
  if (!fill(crypto.RAND_bytes, after))
    return failed("in the parent, after the fork: " + crypto.error_text());
  const std::string drawn = answer->text.substr(1);
  // A shared state shows as the parent's next bytes, a copied output as its last.
  if (drawn == std::string(before.begin(), before.end()) || drawn == std::string(after.begin(), after.end()))
    return failed("the child drew the bytes of its parent");
  return pass("32 bytes in a forked child, which differ from its parent's before and after");
}

} // namespace kif::probe
