// SPDX-License-Identifier: Apache-2.0
#include "verify/image_cryptography.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/openssl_majors.h"
#include "base/quote.h"
#include "image/inspection/file_cryptography.h"
#include "image/inspection/packed_cryptography.h"
#include "image/inspection/python_sites.h"
#include "verify/apart.h"

namespace kif::verify {
namespace {

// A large image has a few hundred, with 300 bytes each.
constexpr std::size_t k_max_name_bytes = 4UL * 1024 * 1024;
constexpr std::size_t k_overhead = 256;
constexpr std::size_t k_max_named = 20;
constexpr std::size_t k_max_searches = 100;
constexpr std::size_t k_max_listed_javas = 64; // more than are probed, so that it is known that there are more
constexpr std::string_view k_node_option = "--force-fips";
constexpr std::string_view k_jvm = "libjvm.so";
constexpr std::string_view k_java_security = "/conf/security/java.security";

std::string openssl_of(const image::LibcryptoFile& libcrypto) {
  return "OpenSSL" + (libcrypto.version.empty() ? " of unknown version" : " " + libcrypto.version) +
         (libcrypto.is_shared   ? ""
          : libcrypto.is_static ? ", linked into a static program, which cannot load the FIPS module"
                                : ", linked in");
}

std::string what_is(const image::FileCryptography& found) {
  if (found.runtime) {
    switch (found.runtime->kind) {
    case image::RuntimeKind::node:
      return "Node.js" + (found.libcrypto ? " with " + openssl_of(*found.libcrypto) : std::string());
    case image::RuntimeKind::php:
      return "PHP computes digests and password hashes by itself";
    case image::RuntimeKind::go_program:
      return "a Go program whose cryptography is Go's own";
    case image::RuntimeKind::own:
      return found.runtime->detail;
    }
  }
  return openssl_of(*found.libcrypto);
}

std::string version_of(const image::FileCryptography& found) {
  if (found.runtime && found.runtime->kind == image::RuntimeKind::go_program)
    return found.runtime->detail;
  return found.libcrypto ? found.libcrypto->version : std::string();
}

bool forces_fips(const std::vector<std::string>& environment) {
  return std::ranges::any_of(environment, [](std::string_view variable) {
    return variable.starts_with("NODE_OPTIONS=") && variable.find(k_node_option) != std::string_view::npos;
  });
}

std::string sentence_of(const CryptographyFile& file) {
  std::string text = shortened(file.path, 200) + ": " + file.what;
  if (!file.version.empty() && file.what.find(file.version) == std::string::npos)
    text += ", " + file.version;
  if (!file.random_source.empty())
    text += "; random bytes: " + file.random_source;
  text += file.is_reached ? "; the FIPS layer reaches it"
          : file.is_known ? "; the FIPS layer does not reach it, and says so"
                          : "; the FIPS layer does not reach it, and does not know it";
  return file.is_above ? text + "; in a layer above the FIPS layer" : text;
}

bool is_unknown(const CryptographyFile& file) {
  return !file.is_reached && !file.is_known;
}

std::string and_more(std::size_t count, std::size_t named) {
  return "and " + std::to_string(count - named) + " more";
}

} // namespace

bool CryptographySearch::is_of_layer(const oci::FileEntry* entry) const {
  return entry != nullptr && m_place.layer && entry->layer == *m_place.layer;
}

bool CryptographySearch::is_above(const oci::FileEntry& entry) const {
  return m_place.layer && entry.layer > *m_place.layer;
}

// The layer's own files are compared with its manifest.
bool CryptographySearch::is_wanted(const oci::FileEntry& entry) const {
  return (entry.mark & k_elf_mark) != 0 && !is_of_layer(&entry);
}

// Where its own libcrypto looks by itself, too: a program that loses its environment does.
bool CryptographySearch::has_layers_config(const std::vector<std::string>& folders) const {
  return !folders.empty() && std::ranges::all_of(folders, [&](const std::string& folder) {
    return is_of_layer(m_tree.resolve(folder + "/openssl.cnf"));
  });
}

oci::ContentLook CryptographySearch::look() {
  return {
      .wanted =
          [this](const oci::FileEntry& entry) { return is_wanted(entry) && entry.size <= image::k_max_program_bytes; },
      .look = [this](const oci::FileEntry& entry, std::span<const std::byte> content) { look_into(entry, content); }};
}

void CryptographySearch::add(const oci::FileEntry& entry, CryptographyFile file) {
  file.is_above = is_above(entry);
  m_name_bytes += file.path.size() + k_overhead;
  if (m_name_bytes > k_max_name_bytes)
    ++m_found.not_listed;
  else
    m_found.files.push_back(std::move(file));
}

void CryptographySearch::look_into(const oci::FileEntry& entry, std::span<const std::byte> content) {
  const std::string path = entry.path();
  const auto found = image::cryptography_in(path, content);
  if (!found)
    return;
  CryptographyFile file{
      .path = path, .what = what_is(*found), .version = version_of(*found), .random_source = found->random_source};
  if (!found->runtime)
    file.is_reached = found->libcrypto->is_shared && known_major(found->libcrypto->version) != nullptr &&
                      has_layers_config(found->openssl_folders);
  else if (found->runtime->kind == image::RuntimeKind::node)
    m_nodes.push_back(path);
  if (file.is_reached)
    file.random_source = "the layer's FIPS module";
  add(entry, std::move(file));
}

void CryptographySearch::add_pythons() {
  for (const std::string& site : image::python_site_folders(m_tree)) {
    const std::string hook = site + "/" + image::k_python_hook_name;
    const oci::FileEntry* const folder = m_tree.resolve(site);
    const bool is_hooked = is_of_layer(m_tree.resolve(hook + ".pth")) && is_of_layer(m_tree.resolve(hook + ".py"));
    add(folder != nullptr ? *folder : m_tree.entries().front(),
        {.path = site,
         .what = is_hooked ? "a Python whose own digests follow OpenSSL's approved mode"
                           : "a Python whose hashlib computes MD5 and others by itself where OpenSSL refuses",
         .version = {},
         .random_source = "getrandom of libc",
         .is_reached = is_hooked});
  }
}

void CryptographySearch::add_javas() {
  for (const oci::FileEntry& entry : m_tree.entries()) {
    if (entry.type != oci::FileType::regular || entry.name != k_jvm || is_of_layer(&entry))
      continue;
    const std::string path = entry.path();
    const std::size_t lib = path.rfind("/lib/");
    if (lib == std::string::npos)
      continue;
    std::string home = path.substr(0, lib);
    const bool is_set = is_of_layer(m_tree.resolve(home + std::string(k_java_security)));
    if (is_set && !home.empty() && m_found.javas.size() < k_max_listed_javas &&
        std::ranges::find(m_found.javas, home) == m_found.javas.end()) // lib/server, and lib/client beside it
      m_found.javas.push_back(std::move(home));
    add(entry,
        {.path = path,
         .what = is_set ? "a Java runtime with the FIPS layer's providers" : "a Java runtime with providers of its own",
         .version = {},
         .random_source = is_set ? "the layer's FIPS module" : "/dev/urandom",
         .is_reached = is_set});
  }
}

void CryptographySearch::add_packed() {
  for (const oci::FileEntry& entry : m_tree.entries())
    if (entry.type == oci::FileType::regular && !is_of_layer(&entry))
      if (const auto sentence = image::packed_cryptography(entry.name))
        add(entry, {.path = entry.path(), .what = std::string(*sentence), .version = {}, .random_source = {}});
}

ImageCryptography CryptographySearch::finish(const std::vector<std::string>& environment) && {
  for (const oci::FileEntry& entry : m_tree.entries())
    if (entry.type == oci::FileType::regular && entry.size > image::k_max_program_bytes && is_wanted(entry))
      add(entry, {.path = entry.path(), .what = "too large to be looked into", .version = {}, .random_source = {}});
  add_pythons();
  add_javas();
  add_packed();
  if (forces_fips(environment))
    for (CryptographyFile& file : m_found.files)
      file.is_reached = file.is_reached || std::ranges::find(m_nodes, file.path) != m_nodes.end();
  std::ranges::sort(m_found.files, {}, &CryptographyFile::path);
  return std::move(m_found);
}

void mark_known(std::vector<CryptographyFile>& files, const std::vector<std::string>& not_reached) {
  std::set<std::string_view> named; // each word that is a path
  for (const std::string_view sentence : not_reached)
    for (std::size_t begin = 0; begin < sentence.size();) {
      const std::size_t end = std::min(sentence.find(' ', begin), sentence.size());
      std::string_view word = sentence.substr(begin, end - begin);
      while (word.ends_with(',') || word.ends_with(':'))
        word.remove_suffix(1);
      if (word.starts_with('/'))
        named.insert(word);
      begin = end + 1;
    }
  std::size_t searches = 0; // of names that are several words, each over all sentences
  for (CryptographyFile& file : files)
    file.is_known =
        named.contains(file.path) || (file.path.find(' ') != std::string::npos && ++searches <= k_max_searches &&
                                      std::ranges::any_of(not_reached, [&](const std::string& sentence) {
                                        return sentence.find(file.path) != std::string::npos;
                                      }));
}

std::vector<Finding> cryptography_findings(const ImageCryptography& found) {
  Finding all{.id = "LIVE-IMAGE-CRYPTOGRAPHY",
              .title = "named: what of the image's files has cryptography, by the tree as it is now",
              .outcome = Outcome::pass,
              .kind = Kind::verified,
              .evidence = {},
              .essential = false};
  Finding knows{.id = "LIVE-LAYER-KNOWS-IMAGE",
                .title = "the FIPS layer reaches, or names as not reached, all of the image's cryptography",
                .outcome = Outcome::pass,
                .kind = Kind::verified,
                .evidence = {}};
  std::vector<const CryptographyFile*> files;
  for (const CryptographyFile& file : found.files)
    files.push_back(&file);
  std::ranges::stable_sort(files, {}, [](const CryptographyFile* file) {
    return std::pair(!is_unknown(*file), file->is_reached); // what somebody should read first
  });
  const auto unknown = static_cast<std::size_t>(
      std::ranges::count_if(found.files, [](const CryptographyFile& file) { return is_unknown(file); }));
  for (std::size_t i = 0; i < std::min(files.size(), k_max_named); ++i) {
    all.evidence.push_back(sentence_of(*files[i]));
    if (is_unknown(*files[i]))
      knows.evidence.push_back(shortened(files[i]->path, 200) + ": " + files[i]->what);
  }
  if (const std::size_t count = files.size() + found.not_listed; count > k_max_named)
    all.evidence.push_back(and_more(count, k_max_named));
  if (all.evidence.empty())
    all.evidence.emplace_back("none");
  if (unknown > k_max_named)
    knows.evidence.push_back(and_more(unknown, k_max_named));
  if (found.not_listed > 0)
    knows.evidence.push_back(std::to_string(found.not_listed) + " files more than kif lists have cryptography");
  if (!knows.evidence.empty()) {
    knows.outcome = Outcome::could_not_check;
    knows.evidence.emplace_back(
        "harden the image anew (kif harden --force): it reaches what it can, and names the rest");
  } else {
    knows.evidence.push_back(std::to_string(files.size()) + (files.size() == 1 ? " file" : " files") +
                             " with cryptography");
  }
  return {all, knows};
}

} // namespace kif::verify
