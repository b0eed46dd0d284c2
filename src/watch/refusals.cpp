// SPDX-License-Identifier: Apache-2.0
#include "watch/refusals.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <openssl/proverr.h>
#include <openssl/sslerr.h>

#include "base/quote.h"
#include "watch/symbols.h"

namespace kif::watch {
namespace {

using text::foreign;
using text::own;

struct KnownReason {
  int library;
  int reason;
  std::string_view words;
};

// PROV_R_EMS_NOT_ENABLED came with OpenSSL 3.1, and this may be built with the headers of 3.0.
constexpr int k_ems_not_enabled = 233;

// Reasons that say no by themselves. Those that also mean a broken input ("invalid key", "invalid signature") are not
// among them.
constexpr std::array k_reasons = {
    KnownReason{ERR_LIB_PROV, PROV_R_DIGEST_NOT_ALLOWED, "the module does not allow this digest"},
    KnownReason{ERR_LIB_PROV, PROV_R_XOF_DIGESTS_NOT_ALLOWED, "the module does not allow this digest"},
    KnownReason{ERR_LIB_PROV, PROV_R_INVALID_DIGEST, "the module does not take this digest"},
    KnownReason{ERR_LIB_PROV, PROV_R_INVALID_KEY_LENGTH, "the module does not take this key length"},
    KnownReason{ERR_LIB_PROV, PROV_R_KEY_SIZE_TOO_SMALL, "the module does not take this key length"},
    KnownReason{ERR_LIB_PROV, PROV_R_UNSUPPORTED_KEY_SIZE, "the module does not take this key length"},
    KnownReason{ERR_LIB_PROV, PROV_R_INVALID_CURVE, "the module does not take this curve"},
    KnownReason{ERR_LIB_PROV, PROV_R_NOT_SUPPORTED, "the module does not support it"},
    KnownReason{ERR_LIB_PROV, PROV_R_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE, "the module does not support it"},
    KnownReason{ERR_LIB_PROV, PROV_R_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE, "the module does not take this padding"},
    KnownReason{ERR_LIB_PROV, PROV_R_INVALID_PADDING_MODE, "the module does not take this padding"},
    KnownReason{ERR_LIB_PROV, k_ems_not_enabled, "the module demands the extended master secret"},
    KnownReason{ERR_LIB_SSL, SSL_R_NO_CIPHER_MATCH, "TLS: no cipher of this list is there"},
    KnownReason{ERR_LIB_SSL, SSL_R_NO_CIPHERS_AVAILABLE, "TLS: no ciphers available"},
    KnownReason{ERR_LIB_SSL, SSL_R_NO_SHARED_CIPHER, "TLS: no shared cipher"},
    KnownReason{ERR_LIB_SSL, SSL_R_NO_SUITABLE_KEY_SHARE, "TLS: no suitable key share"},
    KnownReason{ERR_LIB_SSL, SSL_R_NO_SUITABLE_GROUPS, "TLS: no suitable groups"},
    KnownReason{ERR_LIB_SSL, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, "TLS: no suitable signature algorithm"},
    KnownReason{ERR_LIB_SSL, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, "TLS: no shared signature algorithms"},
    KnownReason{ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL, "TLS: unsupported protocol"},
    KnownReason{ERR_LIB_SSL, SSL_R_EE_KEY_TOO_SMALL, "TLS: the certificate's key is too small"},
    KnownReason{ERR_LIB_SSL, SSL_R_CA_KEY_TOO_SMALL, "TLS: a CA's key is too small"},
    KnownReason{ERR_LIB_SSL, SSL_R_CA_MD_TOO_WEAK, "TLS: a CA's digest is too weak"},
    KnownReason{ERR_LIB_SSL, SSL_R_DH_KEY_TOO_SMALL, "TLS: the DH key is too small"},
};

const KnownReason* known_reason(const RaisedError& error) noexcept {
  const auto* const found = std::ranges::find_if(k_reasons, [&error](const KnownReason& known) {
    return known.library == error.library && known.reason == error.reason;
  });
  return found == k_reasons.end() ? nullptr : found;
}

constexpr std::string_view k_guard = "kif: "; // as provider/guards/feature.cpp begins its sentences

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> k_kinds = {{
    {"EVP_MD_fetch", "digest"},
    {"EVP_CIPHER_fetch", "cipher"},
    {"EVP_MAC_fetch", "MAC"},
    {"EVP_KDF_fetch", "KDF"},
    {"EVP_RAND_fetch", "random generator"},
    {"EVP_KEYMGMT_fetch", "key type"},
    {"EVP_KEYEXCH_fetch", "key exchange"},
    {"EVP_SIGNATURE_fetch", "signature"},
    {"EVP_ASYM_CIPHER_fetch", "asymmetric cipher"},
    {"EVP_KEM_fetch", "KEM"},
    {"OSSL_DECODER_fetch", "decoder"},
    {"OSSL_ENCODER_fetch", "encoder"},
    {"OSSL_STORE_LOADER_fetch", "store"},
    // Where they are named: OpenSSL's own functions that fetch for a digest or cipher given by EVP_md5() and the like.
    {"evp_md_init_internal", "digest"},
    {"evp_cipher_init_internal", "cipher"},
}};

std::string_view kind_of(const std::vector<Frame>& callers) noexcept {
  for (const Frame& frame : callers)
    for (const auto& [function, kind] : k_kinds)
      if (frame.symbol == function)
        return kind;
  return "algorithm";
}

/// What is between `before` and `after`, or empty.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) noexcept {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos)
    return {};
  text.remove_prefix(begin + before.size());
  const std::size_t end = text.find(after);
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end);
}

// "CONTEXT, Algorithm (NAME : NUMBER), Properties (PROPERTIES)" (crypto/evp/evp_fetch.c). Decoders and encoders say
// Name, stores Scheme.
std::string_view algorithm_in(std::string_view text) noexcept {
  for (const std::string_view word : {"Algorithm (", "Name (", "Scheme ("})
    if (const auto name = between(text, word, " : "); !name.empty() && name != "<null>")
      return name;
  return {};
}

std::string_view properties_in(std::string_view text) noexcept {
  const auto properties = between(text, "Properties (", ")");
  return properties == "<null>" ? std::string_view() : properties;
}

std::string_view base_name(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

bool is_system_library(std::string_view file) noexcept {
  return file == "libc.so.6" || file == "libpthread.so.0" || file.starts_with("ld-linux");
}

// Public functions of OpenSSL: EVP_…, X509_…, d2i_….
bool is_openssl_name(std::string_view symbol) noexcept {
  if (symbol.starts_with("d2i_") || symbol.starts_with("i2d_"))
    return true;
  const std::size_t end = symbol.find('_');
  return end != std::string_view::npos && end >= 2 && symbol[0] >= 'A' && symbol[0] <= 'Z' &&
         std::ranges::all_of(symbol.substr(0, end),
                             [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

/// Such as a program names in which they are linked.
bool is_openssl_internal(std::string_view symbol) noexcept {
  return std::ranges::any_of(std::array<std::string_view, 4>{"evp_", "inner_evp_", "ossl_", "ssl_"},
                             [symbol](std::string_view prefix) { return symbol.starts_with(prefix); });
}

/// Functions that are called on the way and call nobody back: among the callers they are the error's own, or stale.
bool is_beside_the_way(std::string_view symbol) noexcept {
  return std::ranges::any_of(std::array<std::string_view, 6>{"ERR_", "OBJ_", "CRYPTO_", "OPENSSL_", "BIO_", "BN_"},
                             [symbol](std::string_view prefix) { return symbol.starts_with(prefix); });
}

/// "node::crypto::Hash::New" of "_ZN4node6crypto4Hash3NewE…" (Itanium C++ ABI, 5.1.4: nested names of plain
/// identifiers). All else as it is.
std::string readable(std::string_view symbol) {
  std::string_view rest = symbol;
  if (!rest.starts_with("_ZN"))
    return std::string(symbol);
  rest.remove_prefix(3);
  if (rest.starts_with('K'))
    rest.remove_prefix(1);
  std::string name;
  while (!rest.empty() && rest.front() >= '1' && rest.front() <= '9') {
    std::size_t length = 0;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9' && length <= symbol.size()) {
      length = length * 10 + static_cast<std::size_t>(rest.front() - '0');
      rest.remove_prefix(1);
    }
    if (length > rest.size())
      return std::string(symbol);
    name += (name.empty() ? "" : "::") + std::string(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return name.empty() ? std::string(symbol) : name;
}

/// What alike ones have in common.
/// "MessageDigest.getInstance < app.jar com.example.Main.hash": the interface's function, then who called it, each file
/// once.
std::string describe_java_askers(const std::vector<Frame>& callers) {
  constexpr std::size_t k_most = 4;
  std::string text;
  std::string_view last_file;
  for (const Frame& frame : std::span(callers).first(std::min(callers.size(), k_most))) {
    std::string_view file = frame.file;
    while (file.ends_with('/')) // a folder of classes
      file.remove_suffix(1);
    file = base_name(file);
    text += (text.empty() ? "" : " < ") +
            (file.empty() || file == last_file ? std::string() : std::string(file) + " ") + frame.symbol;
    last_file = file;
  }
  return text.empty() ? "unknown" : text;
}

std::string key_of(const Refusal& refusal) {
  std::string key;
  for (const std::string& part :
       {refusal.first.executable, asked_for(refusal), reason_of(refusal.error), who_asked(refusal)})
    key += part + '\0';
  return key;
}

std::string milliseconds(std::chrono::nanoseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

} // namespace

bool is_refusal(const RaisedError& error) noexcept {
  // The module's own tests raise it, without a word, at each start.
  if (error.library == ERR_LIB_PROV && error.reason == PROV_R_INVALID_DIGEST && error.text.empty())
    return false;
  return error.reason == ERR_R_UNSUPPORTED || error.reason == ERR_R_FETCH_FAILED || known_reason(error) != nullptr;
}

std::string formatted(std::string_view format, const FormatArguments& arguments) {
  std::string text;
  while (!format.empty() && text.size() < k_max_error_bytes) {
    const std::size_t plain = std::min(format.find('%'), format.size());
    text += format.substr(0, plain);
    format.remove_prefix(plain);
    if (format.empty())
      break;
    format.remove_prefix(1);
    if (format.starts_with('%')) {
      text += '%';
      format.remove_prefix(1);
      continue;
    }
    std::size_t precision = k_max_error_bytes;
    if (format.starts_with(".*")) {
      const auto given = arguments.next();
      precision = given ? std::min<std::size_t>(precision, static_cast<std::uint32_t>(*given)) : 0;
      format.remove_prefix(2);
    }
    format.remove_prefix(std::min(format.find_first_not_of("-+ #0123456789lzh"), format.size()));
    const char conversion = format.empty() ? '\0' : format.front();
    const auto value =
        std::string_view("sdiuxXcp").find(conversion) == std::string_view::npos ? std::nullopt : arguments.next();
    if (conversion == '\0' || !value)
      return shortened(text, k_max_error_bytes) + "…"; // how much it takes is not known
    format.remove_prefix(1);
    if (conversion == 's')
      text += *value == 0 ? std::string("<null>") : arguments.text(*value, precision);
    else if (conversion == 'c')
      text += static_cast<char>(*value);
    else
      text += std::to_string(static_cast<std::int32_t>(*value));
  }
  return shortened(text, k_max_error_bytes);
}

std::string asked_for(const Refusal& refusal) {
  const std::string_view text = refusal.error.text;
  if (const auto algorithm = algorithm_in(text); !algorithm.empty()) {
    const auto properties = properties_in(text);
    return std::string(kind_of(refusal.first.callers)) + " " + std::string(algorithm) +
           (properties.empty() ? "" : " with " + std::string(properties));
  }
  if (text.starts_with(k_guard))
    return std::string(text.substr(k_guard.size()));
  if (!text.empty())
    return std::string(text);
  for (const Frame& frame : refusal.first.callers) // the nearest function that is one of OpenSSL's interface
    if (is_openssl_name(frame.symbol) && !is_beside_the_way(frame.symbol))
      return frame.symbol;
  return "something that it does not name";
}

std::string reason_of(const RaisedError& error) {
  if (error.library == RaisedError::k_java)
    return "no provider offers it";
  if (error.text.starts_with(k_guard))
    return "refused by kif";
  if (const KnownReason* known = known_reason(error))
    return std::string(known->words);
  if (algorithm_in(error.text).empty())
    return "unsupported";
  return error.reason == ERR_R_FETCH_FAILED ? "its provider does not give it" : "no provider offers it";
}

std::string who_asked(const Refusal& refusal) {
  return refusal.error.library == RaisedError::k_java ? describe_java_askers(refusal.first.callers)
                                                      : describe_askers(refusal.first.callers);
}

bool is_own_look(const Refusal& refusal) noexcept {
  return refusal.error.library != RaisedError::k_java && !algorithm_in(refusal.error.text).empty() &&
         std::ranges::any_of(refusal.first.callers, [](const Frame& frame) {
           return frame.symbol == "SSL_CTX_new_ex" || frame.symbol == "SSL_CTX_new";
         });
}

// A program with OpenSSL inside has its functions and OpenSSL's in one file. Among the nearest callers OpenSSL's have
// the last word; a name of theirs further away is stale.
constexpr std::ptrdiff_t k_near_frames = 12;

// As describe_callers(), but OpenSSL stands in front and may be a part of the program.
std::string describe_askers(const std::vector<Frame>& callers) {
  struct Part {
    std::string_view file;
    std::string_view symbol = {};
    std::string_view caller = {}; ///< the first function after OpenSSL's, in one file with them
  };
  std::vector<Part> parts;
  for (const Frame& frame : callers) {
    const std::string_view file = base_name(frame.file);
    if (is_system_library(file) || is_beside_the_way(frame.symbol))
      continue;
    const auto known = std::ranges::find(parts, file, &Part::file);
    if (known != parts.end() && known + 1 != parts.end())
      continue;
    if (known == parts.end())
      parts.push_back({file});
    Part& part = parts.back();
    if (frame.symbol.empty())
      continue;
    const bool is_near = &frame - callers.data() < k_near_frames;
    if (is_openssl_name(frame.symbol) && (is_near || part.caller.empty())) {
      part.symbol = frame.symbol;
      part.caller = {};
    } else if (is_near && is_openssl_internal(frame.symbol)) {
      part.caller = {};
    } else if (part.caller.empty() && (!part.symbol.empty() || frame.symbol.starts_with("_Z"))) {
      part.caller = frame.symbol;
    } else if (part.symbol.empty() && file.find(".so") != std::string_view::npos) {
      part.symbol = frame.symbol;
    }
  }
  std::string text;
  for (const Part& part : parts) {
    text += (text.empty() ? "" : " < ") + std::string(part.file);
    if (!part.symbol.empty())
      text += " " + readable(part.symbol);
    if (!part.caller.empty() && part.file.find(".so") == std::string_view::npos)
      text += " < " + readable(part.caller);
  }
  return text.empty() ? "unknown" : text;
}

void finish_refusals(Refusals& refusals, const Container& container) {
  std::vector<Event> events;
  for (Refusal& refusal : refusals.all)
    events.push_back(std::move(refusal.first));
  add_symbols(events, container); // Java's frames have names already, of files that are no programs
  std::vector<Refusal> together;
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < events.size(); ++i) {
    Refusal& refusal = refusals.all[i];
    refusal.first = std::move(events[i]);
    const auto [place, is_new] = known.try_emplace(key_of(refusal), together.size());
    if (is_new)
      together.push_back(std::move(refusal));
    else
      together[place->second].count += refusal.count;
  }
  refusals.all = std::move(together);
}

text::Page render_refusals(const Refusals& refusals) {
  text::Page page;
  text::Table table("", {{.is_number = true}, {.is_number = true}, {}, {}, {}, {.is_number = true}, {}});
  table.row({own("ms"), own("pid"), own("process"), own("asked for"), own("reason"), own("times"), own("from")});
  std::uint64_t sum = refusals.dropped;
  std::map<std::string, std::string> looks; // by program and way: what a TLS context goes without
  for (const Refusal& refusal : refusals.all) {
    const Event& first = refusal.first;
    if (is_own_look(refusal)) {
      std::string& names = looks[first.process + ": " + who_asked(refusal)];
      names += (names.empty() ? "" : ", ") + std::string(algorithm_in(refusal.error.text));
      continue;
    }
    sum += refusal.count;
    table.row({foreign(milliseconds(first.time)), text::number(first.pid), foreign(first.process),
               foreign(asked_for(refusal)), foreign(reason_of(refusal.error)), text::number(refusal.count),
               foreign(who_asked(refusal))});
  }
  if (sum > refusals.dropped)
    page.add(table);
  for (const auto& [who, names] : looks)
    page.line({foreign(who), own(": a new TLS context goes without "), foreign(shortened(names, k_max_error_bytes))});
  if (sum > 0)
    page.line({text::number(sum),
               own(sum == 1 ? text::Words(" request was refused") : text::Words(" requests were refused"))});
  else if (!refusals.watched.empty())
    page.line({own("nothing was refused")});
  else
    page.line({own("no OpenSSL 3 or 4 was seen whose refusals kif can read")});
  if (refusals.dropped > 0)
    page.line({text::number(refusals.dropped), own(" of them are counted and not listed")});
  if (!refusals.failure.empty())
    page.line({own("the trace is not whole: "), foreign(refusals.failure)});
  return page;
}

nlohmann::ordered_json to_json(const Refusals& refusals) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Refusal& refusal : refusals.all) {
    const auto event = to_json(refusal.first);
    nlohmann::ordered_json entry;
    for (const char* member : {"time_ns", "pid", "tid", "process", "executable"})
      entry[member] = event[member];
    entry["asked_for"] = asked_for(refusal);
    entry["reason"] = reason_of(refusal.error);
    if (const auto algorithm = algorithm_in(refusal.error.text); !algorithm.empty())
      entry["algorithm"] = algorithm;
    else if (refusal.error.library == RaisedError::k_java)
      entry["algorithm"] = refusal.error.text.substr(refusal.error.text.find(' ') + 1);
    entry["own_look"] = is_own_look(refusal);
    entry["count"] = refusal.count;
    entry["from"] = who_asked(refusal);
    entry["callers"] = event["callers"];
    list.push_back(std::move(entry));
  }
  nlohmann::ordered_json json = {
      {"started", refusals.started}, {"watched", refusals.watched}, {"dropped", refusals.dropped}};
  if (!refusals.failure.empty())
    json["failure"] = refusals.failure;
  json["requests"] = std::move(list);
  return json;
}

} // namespace kif::watch
