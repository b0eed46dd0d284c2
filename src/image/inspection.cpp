// SPDX-License-Identifier: Apache-2.0
#include "image/inspection.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "image/elf.h"
#include "image/layer_paths.h"
#include "image/loader_path.h"
#include "image/text_search.h"

namespace kif::image {
namespace {

// One program is held in memory at a time; the largest that are common (a browser engine, a JVM's image) have 300 MB.
constexpr std::uint64_t k_max_program_bytes = 512ULL * 1024 * 1024;
constexpr std::string_view k_libc = "libc.so.6";
constexpr std::string_view k_libcrypto = "libcrypto.so.3";
constexpr std::string_view k_libcrypto_stem = "libcrypto";
constexpr std::string_view k_musl_loader = "ld-musl-";

// A file of the tree, whatever its name: hard links are one file.
using FileId = std::pair<std::size_t, std::size_t>;
FileId id_of(const oci::FileEntry& entry) {
  return {entry.layer, entry.ordinal};
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

struct Libcrypto {
  std::string path;
  std::string version;
  std::string architecture;
  bool is_shared = false; ///< a libcrypto file; otherwise one that is linked into something else
};

// What one pass over the image's programs and libraries finds.
struct Findings {
  std::map<FileId, Glibc> glibcs;
  std::map<FileId, std::string> architectures; ///< of the libc.so.6 candidates
  std::map<FileId, Libcrypto> libcryptos;
  std::vector<RuntimeProgram> runtimes;
  std::vector<std::string> not_searched;
};

bool is_program(const oci::FileEntry& entry) {
  return entry.type == oci::FileType::regular && looks_like_elf(std::as_bytes(std::span(entry.head)));
}

bool is_part_of_layer(const oci::FileEntry& entry) {
  return entry.path == k_module_path || entry.path == k_provider_path || entry.path == k_init_path ||
         entry.path == k_entropy_library_path || entry.path == k_random_path;
}

void note_libcrypto(const oci::FileEntry& entry, std::span<const std::byte> content, std::string version,
                    Findings& findings) {
  const auto elf = read_elf(content, entry.path);
  if (!elf) { // cannot be loaded, but a loader may be more lenient than we are: name it
    findings.libcryptos[id_of(entry)] = {entry.path, std::move(version), "", false};
    return;
  }
  const bool is_shared =
      elf->soname.starts_with(k_libcrypto_stem) || base_name(entry.path).starts_with(k_libcrypto_stem);
  const bool uses_shared = std::any_of(elf->needed_libraries.begin(), elf->needed_libraries.end(),
                                       [](const std::string& name) { return name.starts_with(k_libcrypto_stem); });
  if (is_shared || !uses_shared)
    findings.libcryptos[id_of(entry)] = {entry.path, std::move(version), elf->architecture, is_shared};
}

Result<Findings> search(const oci::Image& image, const oci::FileTree& tree, const std::set<FileId>& libcs,
                        const Progress& progress) {
  Findings findings;
  const auto wanted = [](const oci::FileEntry& entry) { return is_program(entry) && !is_part_of_layer(entry); };
  const auto visit = [&](const oci::FileEntry& entry, Reader& reader) -> Result<void> {
    if (entry.size > k_max_program_bytes) {
      findings.not_searched.push_back(entry.path);
      return {};
    }
    progress("looking into " + entry.path);
    KIF_TRY(const std::string content, read_to_end(reader, k_max_program_bytes, entry.path));
    const auto bytes = std::as_bytes(std::span(content));
    if (libcs.contains(id_of(entry))) {
      KIF_TRY(const ElfFile elf, read_elf(bytes, entry.path));
      if (elf.architecture == image.platform().architecture) {
        KIF_TRY(Glibc glibc, Glibc::of(bytes, entry.path));
        findings.glibcs.emplace(id_of(entry), std::move(glibc));
      }
    }
    if (auto version = openssl_version_in(bytes))
      note_libcrypto(entry, bytes, *std::move(version), findings);
    if (auto runtime = recognise_runtime(entry.path, bytes))
      findings.runtimes.push_back(*std::move(runtime));
    return {};
  };
  KIF_CHECK(oci::visit_files(image, tree, wanted, visit));
  return findings;
}

Error unsupported(const oci::Image& image, const std::string& reason) {
  return {ErrorCode::unsupported, "cannot harden " + image.name().text() + ": " + reason};
}

Error no_glibc(const oci::Image& image, const oci::FileTree& tree) {
  const bool musl = std::any_of(tree.entries().begin(), tree.entries().end(), [](const oci::FileEntry& entry) {
    return base_name(entry.path).starts_with(k_musl_loader);
  });
  return unsupported(image, musl ? "it uses musl, not glibc" : "it has no glibc")
      .with_hint("the FIPS layer's programs are built against glibc; choose a base image that has it");
}

Error no_libcrypto(const oci::Image& image, const Findings& findings) {
  const std::string hint = "install OpenSSL 3 in the image (on Debian: libssl3 or libssl3t64)";
  for (const auto& [id, found] : findings.libcryptos)
    if (found.is_shared && found.version.starts_with("1."))
      return unsupported(image, "it has OpenSSL " + found.version + " (" + found.path +
                                    "), which cannot load a FIPS module of OpenSSL 3")
          .with_hint(hint);
  for (const auto& [id, found] : findings.libcryptos)
    if (found.is_shared)
      return unsupported(image, "its loader finds no libcrypto.so.3")
          .with_hint("one is in " + found.path + ", outside the loader's folders");
  for (const auto& [id, found] : findings.libcryptos)
    return unsupported(image, "it has no libcrypto.so.3")
        .with_hint(found.path + " has OpenSSL " + found.version + " linked in, which the layer does not reach; " +
                   hint);
  return unsupported(image, "it has no libcrypto").with_hint(hint);
}

} // namespace

Result<Inspection> inspect(const oci::Image& image, const oci::FileTree& tree, const Progress& progress) {
  if (image.platform().os != "linux")
    return fail(unsupported(image, "it is for " + image.platform().text() + ", not for Linux"));
  KIF_TRY(const auto folders, loader_folders(image, tree));
  const auto libcs = find_libraries(tree, folders, k_libc);
  std::set<FileId> libc_ids;
  for (const oci::FileEntry* libc : libcs)
    libc_ids.insert(id_of(*libc));
  if (libcs.empty())
    return fail(no_glibc(image, tree));
  KIF_TRY(Findings findings, search(image, tree, libc_ids, progress));

  Inspection inspection;
  const auto libc = std::find_if(libcs.begin(), libcs.end(),
                                 [&](const oci::FileEntry* entry) { return findings.glibcs.contains(id_of(*entry)); });
  if (libc == libcs.end())
    return fail(no_glibc(image, tree));
  inspection.glibc_path = (*libc)->path;
  inspection.glibc = findings.glibcs.at(id_of(**libc));

  const Libcrypto* chosen = nullptr;
  for (const oci::FileEntry* entry : find_libraries(tree, folders, k_libcrypto)) {
    const auto found = findings.libcryptos.find(id_of(*entry));
    if (found == findings.libcryptos.end())
      return fail(unsupported(image, entry->path + " is not OpenSSL's libcrypto"));
    if (found->second.architecture == image.platform().architecture && found->second.version.starts_with("3.")) {
      chosen = &found->second;
      break;
    }
  }
  if (chosen == nullptr)
    return fail(no_libcrypto(image, findings));
  inspection.libcrypto = {chosen->path, chosen->version};
  for (const auto& [id, found] : findings.libcryptos)
    if (&found != chosen)
      (found.is_shared ? inspection.other_shared : inspection.linked_in).push_back({found.path, found.version});
  const auto by_path = [](const FoundLibcrypto& a, const FoundLibcrypto& b) { return a.path < b.path; };
  std::sort(inspection.other_shared.begin(), inspection.other_shared.end(), by_path);
  std::sort(inspection.linked_in.begin(), inspection.linked_in.end(), by_path);
  inspection.runtimes = std::move(findings.runtimes);
  std::sort(inspection.runtimes.begin(), inspection.runtimes.end(),
            [](const RuntimeProgram& a, const RuntimeProgram& b) { return a.path < b.path; });
  inspection.not_searched = std::move(findings.not_searched);
  std::sort(inspection.not_searched.begin(), inspection.not_searched.end());
  return inspection;
}

} // namespace kif::image
