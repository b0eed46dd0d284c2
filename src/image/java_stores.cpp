// SPDX-License-Identifier: Apache-2.0
#include "image/java_stores.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/file.h"
#include "stores/key_store.h"

namespace kif::image {
namespace {

constexpr std::size_t k_max_password_file_bytes = 64UL * 1024;
// Of files that merely have such a name: the memory that is spent on them, and the lines.
constexpr std::size_t k_max_found = 200;
constexpr std::uint64_t k_max_found_bytes_together = 16UL * 1024 * 1024;
constexpr std::size_t k_max_warnings = 10;
constexpr std::string_view k_jks_begin = "is a JKS file";

constexpr std::array<std::string_view, 8> k_endings = {".jks",        ".jceks", ".ks",  ".keystore",
                                                       ".truststore", ".p12",   ".pfx", ".pkcs12"};

bool has_a_stores_name(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(k_endings, [&](std::string_view ending) { return lower.ends_with(ending); });
}

/// Those that are named, in their order, and then those that are found.
struct Candidates {
  std::vector<const oci::FileEntry*> files;
  std::size_t named = 0;
  std::string left_out = {}; ///< the first that is found and not looked into; empty: none
};

Result<Candidates> find_candidates(const oci::FileTree& tree, const StoreRequest& request) {
  Candidates candidates;
  std::set<const oci::FileEntry*> seen;
  for (const std::string& path : request.paths) {
    const oci::FileEntry* file = tree.resolve(path);
    if (file == nullptr || file->type != oci::FileType::regular)
      return fail(Error(ErrorCode::not_found, "cannot convert the key store " + path + ": the image has no such file")
                      .with_hint("--java-store takes the path of a file in the image"));
    if (file->size > stores::k_max_store_bytes)
      return fail(ErrorCode::too_large, "cannot convert the key store " + path + ": it has more than " +
                                            std::to_string(stores::k_max_store_bytes) + " bytes");
    if (seen.insert(file).second)
      candidates.files.push_back(file);
  }
  candidates.named = candidates.files.size();
  std::uint64_t together = 0;
  for (const oci::FileEntry& entry : tree.entries()) {
    if (entry.type != oci::FileType::regular || !has_a_stores_name(entry.name) || seen.contains(&entry))
      continue;
    const bool has_room =
        candidates.files.size() - candidates.named < k_max_found && together + entry.size <= k_max_found_bytes_together;
    if (entry.size <= stores::k_max_store_bytes && has_room) {
      together += entry.size;
      candidates.files.push_back(&entry);
    } else if (candidates.left_out.empty()) {
      candidates.left_out = entry.path();
    }
  }
  return candidates;
}

/// By the files that the paths lead to. not_found: to none.
using Passwords = std::map<const oci::FileEntry*, const SecretString*>;
Result<Passwords> passwords_of(const oci::FileTree& tree, const StoreRequest& request) {
  Passwords passwords;
  for (const auto& [path, password] : request.passwords) {
    const oci::FileEntry* file = tree.resolve(path);
    if (file == nullptr)
      return fail(ErrorCode::not_found,
                  "cannot use the password of the key store " + path + ": the image has no such file");
    passwords[file] = &password;
  }
  return passwords;
}

Result<LayerFile> converted(const oci::FileEntry& file, const std::string& content, const SecretString& password) {
  const std::string path = file.path();
  const std::string what = "cannot convert the key store " + path + ": ";
  if (password.empty())
    return fail(Error(ErrorCode::invalid_input, what + "its password is not given")
                    .with_hint("--java-store-passwords names a file, or the variable KIF_JAVA_STORE_PASSWORD has it"));
  auto made = stores::converted(content, password);
  if (!made)
    return fail(Error(made.error().code, what + made.error().message)
                    .with_hint("where there is a JDK that is not hardened: keytool -importkeystore -srckeystore OLD "
                               "-destkeystore NEW.p12 -deststoretype PKCS12"));
  return LayerFile{.path = path,
                   .content = *std::move(made),
                   .mode = file.mode,
                   .uid = file.uid,
                   .gid = file.gid,
                   .is_in_manifest = false};
}

/// A named one that Java reads is well as it is; what is none was named by mistake.
Result<void> check_named(const oci::FileEntry& file, const std::string& content) {
  if (stores::is_known(content))
    return {};
  return fail(ErrorCode::invalid_input,
              "cannot convert the key store " + file.path() +
                  ": it is no key store that kif knows, neither JKS nor PKCS #12, or it is damaged");
}

/// Lines of one kind, of which no more than k_max_warnings are given.
class Warnings {
public:
  void add(std::string line) {
    if (++m_count <= k_max_warnings)
      m_lines.push_back(std::move(line));
  }
  std::vector<std::string> finish() {
    if (m_count > k_max_warnings)
      m_lines.push_back("so it is with " + std::to_string(m_count - k_max_warnings) + " more key stores");
    return std::move(m_lines);
  }

private:
  std::vector<std::string> m_lines;
  std::size_t m_count = 0;
};

} // namespace

Result<void> read_store_passwords(const std::filesystem::path& file, StoreRequest& request) {
  KIF_TRY(std::string read, read_file(file, k_max_password_file_bytes));
  const SecretString text = SecretString::take(std::move(read));
  for (std::string_view rest = text.view(); !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.empty())
      continue;
    const std::size_t space = line.find_first_of(" \t");
    const bool is_own = line.starts_with('/') && space != std::string_view::npos;
    if (line.starts_with('/') && !is_own)
      return fail(
          Error(ErrorCode::invalid_input, "cannot use the passwords of " + file.string() + ": a line has a path alone")
              .with_mismatch("PATH PASSWORD",
                             "a line that begins with a slash, and nothing behind it")); // it may be a password
    bool is_second = false;
    if (is_own) {
      const std::string_view password = line.substr(std::min(line.find_first_not_of(" \t", space), line.size()));
      is_second = !request.passwords.emplace(line.substr(0, space), SecretString(password)).second;
    } else {
      is_second = !request.password.empty();
      request.password = SecretString(line);
    }
    if (is_second)
      return fail(
          Error(ErrorCode::invalid_input, "cannot use the passwords of " + file.string() + ": two are for the same")
              .with_mismatch("one line \"PATH PASSWORD\" for a store, and one with the password of all others",
                             is_own ? "two lines for " + std::string(line.substr(0, space))
                                    : "two lines without a path"));
  }
  return {};
}

Result<JavaStores> java_stores(const oci::Image& image, const oci::FileTree& tree, const StoreRequest& request,
                               bool jks_is_served) {
  JavaStores result;
  KIF_TRY(const Candidates candidates, find_candidates(tree, request));
  KIF_CHECK(tree.keep(image, candidates.files, stores::k_max_store_bytes));
  KIF_TRY(const Passwords passwords, passwords_of(tree, request));
  if (request.all && !candidates.left_out.empty())
    return fail(
        Error(ErrorCode::too_large,
              "cannot convert all key stores: there are too many, or too large ones, such as " + candidates.left_out)
            .with_hint("--java-store PATH names those that matter"));
  Warnings warnings;
  for (std::size_t i = 0; i < candidates.files.size(); ++i) {
    const oci::FileEntry& file = *candidates.files[i];
    const std::string* content = tree.content(file);
    if (content == nullptr)
      continue;
    const bool is_named = i < candidates.named;
    const std::string refusal = stores::refusal_of(*content);
    if (refusal.empty()) { // it is read as it is, or is no key store
      if (is_named) {
        KIF_CHECK(check_named(file, *content));
        warnings.add(file.path() + " was not converted: Java reads it as it is");
      }
      continue;
    }
    if (jks_is_served && !is_named && refusal.starts_with(k_jks_begin))
      continue;
    if (!is_named && !request.all) {
      warnings.add(file.path() + " " + refusal + ": Java will refuse it; --java-store " + file.path() + " converts it");
      continue;
    }
    const auto own = passwords.find(&file);
    auto made = converted(file, *content, own != passwords.end() ? *own->second : request.password);
    if (made)
      result.files.push_back(*std::move(made));
    else if (is_named)
      return fail(std::move(made).error());
    else
      warnings.add(file.path() + " " + refusal + ": Java will refuse it; " + made.error().message);
  }
  result.warnings = warnings.finish();
  if (!candidates.left_out.empty())
    result.warnings.push_back("not all files with a key store's name were looked into: not " + candidates.left_out);
  return result;
}

} // namespace kif::image
