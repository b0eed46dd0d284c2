// SPDX-License-Identifier: Apache-2.0
#include "image/inspection/inspection.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/openssl_majors.h"
#include "elf/file.h"
#include "image/inspection/file_cryptography.h"
#include "image/inspection/file_marks.h"
#include "image/inspection/first_process.h"
#include "image/inspection/layer_paths.h"
#include "image/inspection/libcrypto_file.h"
#include "image/inspection/loader_path.h"
#include "image/inspection/own_cryptography.h"
#include "image/inspection/packed_cryptography.h"

namespace kif::image {
namespace {

constexpr std::string_view k_libc = "libc.so.6";
constexpr std::string_view k_openssl_command = "openssl"; // makes a context where an option asks for one
constexpr std::string_view k_musl_loader = "ld-musl-";
constexpr std::uint8_t k_elf_mark = 1;
constexpr std::size_t k_elf_magic_bytes = 4;
// Of the files of which there is something to say: a large image has a few hundred, with 100 bytes each.
constexpr std::size_t k_max_found_name_bytes = 4UL * 1024 * 1024;
constexpr std::size_t k_name_overhead = 64; // each is a string, and a sentence later
constexpr std::size_t k_max_named_folders = 8;
constexpr std::size_t k_max_packed = 1000; // as many as one sentence of the layer names

// Files that are read whole, by the names that they have in every distribution, and the largest that make sense. One
// with another name behind a link costs another pass.
struct WantedFile {
  std::string_view ending; ///< of its path, at a slash where it begins with one
  std::uint64_t max_bytes;
};
constexpr std::array<WantedFile, 10> k_wanted_files = {{{"/ld.so.conf", 64UL * 1024},
                                                        {"/ld.so.preload", 64UL * 1024},
                                                        {".cnf", 1024UL * 1024},
                                                        {"/java.security", 1024UL * 1024},
                                                        {"/release", 64UL * 1024},
                                                        {"/ca-certificates.crt", 4UL * 1024 * 1024},
                                                        {"/ca-bundle.crt", 4UL * 1024 * 1024},
                                                        {"/ca-bundle.pem", 4UL * 1024 * 1024},
                                                        {"/tls-ca-bundle.pem", 4UL * 1024 * 1024},
                                                        {".conf", 64UL * 1024}}};
constexpr std::string_view k_loader_conf_folder = "/ld.so.conf.d/";

bool is_wanted(std::string_view name, std::uint64_t size) {
  return std::any_of(k_wanted_files.begin(), k_wanted_files.end(), [&](const WantedFile& wanted) {
    return name.ends_with(wanted.ending) && size <= wanted.max_bytes &&
           (wanted.ending != ".conf" || name.find(k_loader_conf_folder) != std::string_view::npos);
  });
}

// A file of the tree, whatever its name: hard links are one file.
using FileId = std::pair<std::size_t, std::size_t>;
FileId id_of(const oci::FileEntry& entry) {
  return {entry.layer, entry.ordinal};
}

struct Libcrypto : LibcryptoFile {
  std::string path;
};

// What one pass over the image's programs and libraries finds.
struct Findings {
  std::map<FileId, Glibc> glibcs;
  std::map<FileId, std::string> architectures; ///< of the libc.so.6 candidates
  std::map<FileId, Libcrypto> libcryptos;
  std::vector<OpensslFolder> folders;
  std::vector<RuntimeProgram> runtimes;
  std::vector<std::string> own_contexts;
  std::vector<std::string> not_searched;
  std::optional<std::string> first_process;

  std::size_t count() const {
    return libcryptos.size() + folders.size() + runtimes.size() + own_contexts.size() + not_searched.size();
  }
};

// Libraries and programs of which no more is known than what marks tell are named all the same: a loader may be more
// lenient than we are.
std::optional<elf::File> read_leniently(std::span<const std::byte> content, const std::string& path,
                                        const FileMarks& marks) {
  if (needs_symbols(marks))
    if (auto elf = elf::parse(content, path, elf::Symbols::read))
      return *std::move(elf);
  auto elf = elf::parse(content, path);
  return elf ? std::optional(*std::move(elf)) : std::nullopt;
}

bool is_program(const oci::FileEntry& entry) {
  return entry.mark == k_elf_mark;
}

bool is_part_of_layer(std::string_view path) {
  return path == k_module_path || path == k_gate_path || path == k_provider_path || path == k_init_path ||
         path == k_entropy_library_path || path == k_random_path;
}

// A static program has no loader to load the provider with: the layer's configuration would be of no use to it.
void note_openssl_folders(const std::string& path, std::span<const std::byte> content, Findings& findings) {
  const auto folders = openssl_folders_in(content);
  if (folders.empty())
    return;
  const auto elf = elf::parse(content, path);
  if (!elf || elf->needed_libraries.empty())
    return;
  for (const std::string& folder : folders)
    findings.folders.push_back({path, folder});
}

// The layer's own jars are no finding.
void add_packed(const oci::FileTree& tree, std::vector<RuntimeProgram>& runtimes) {
  std::size_t count = 0;
  for (const oci::FileEntry& entry : tree.entries())
    if (const auto sentence = entry.type == oci::FileType::regular ? packed_cryptography(entry.name) : std::nullopt)
      if (std::string path = entry.path(); !path.starts_with("/usr/lib/kif/") && ++count <= k_max_packed)
        runtimes.push_back({RuntimeKind::own, std::move(path), std::string(*sentence)});
}

// One program or library.
Result<void> look_into(const oci::Image& image, const oci::FileEntry& entry, const std::string& path,
                       std::span<const std::byte> bytes, bool is_libc, Findings& findings) {
  if (is_libc) {
    KIF_TRY(const elf::File elf, elf::parse(bytes, path));
    if (elf.architecture == image.platform().architecture) {
      KIF_TRY(Glibc glibc, Glibc::of(bytes, path));
      findings.glibcs.emplace(id_of(entry), std::move(glibc));
    }
  }
  const FileMarks marks = find_marks(bytes);
  const auto elf = read_leniently(bytes, path, marks);
  if (auto libcrypto = libcrypto_in(entry.name, bytes, marks, elf ? &*elf : nullptr))
    findings.libcryptos[id_of(entry)] = {*std::move(libcrypto), path};
  note_openssl_folders(path, bytes, findings);
  if (auto runtime = recognise_runtime(path, bytes, marks, elf ? &*elf : nullptr))
    findings.runtimes.push_back(*std::move(runtime));
  if (elf && entry.name != k_openssl_command && makes_library_contexts(*elf))
    findings.own_contexts.push_back(path);
  return {};
}

Result<Findings> search(const oci::Image& image, const oci::FileTree& tree, const std::set<FileId>& libcs,
                        const std::optional<FirstProgram>& first, const Progress& progress) {
  Findings findings;
  std::size_t name_bytes = 0;
  const auto wanted = [](const oci::FileEntry& entry) { return is_program(entry) && !is_part_of_layer(entry.path()); };
  const auto visit = [&](const oci::FileEntry& entry, Reader& reader) -> Result<void> {
    const std::string path = entry.path();
    const std::size_t before = findings.count();
    if (entry.size > k_max_program_bytes) {
      findings.not_searched.push_back(path);
    } else {
      progress("looking into " + path);
      KIF_TRY(const std::string content, read_to_end(reader, k_max_program_bytes, path));
      KIF_CHECK(
          look_into(image, entry, path, std::as_bytes(std::span(content)), libcs.contains(id_of(entry)), findings));
      if (first && id_of(*first->file) == id_of(entry))
        findings.first_process = first_process_warning(*first, content);
    }
    name_bytes += (path.size() + k_name_overhead) * (findings.count() - before);
    if (name_bytes > k_max_found_name_bytes)
      return fail(ErrorCode::too_large,
                  "cannot inspect " + image.name().text() +
                      ": the names of the programs of which there is something to say are longer than the bound of " +
                      std::to_string(k_max_found_name_bytes) + " bytes together");
    return {};
  };
  KIF_CHECK(oci::visit_files(image, tree, wanted, visit));
  return findings;
}

Error unsupported(const oci::Image& image, const std::string& reason) {
  return {ErrorCode::unsupported, "cannot harden " + image.name().text() + ": " + reason};
}

std::string joined(const std::vector<std::string>& folders) {
  std::string text;
  for (std::size_t i = 0; i < folders.size() && i < k_max_named_folders; ++i)
    text += (i == 0 ? "" : ", ") + folders[i];
  return folders.size() > k_max_named_folders ? text + ", …" : text;
}

// A glibc may lie where only programs that name it look, as in Nix's store.
Error no_glibc(const oci::Image& image, const oci::FileTree& tree, const std::vector<std::string>& folders) {
  const oci::FileEntry* elsewhere = nullptr;
  for (const oci::FileEntry& entry : tree.entries()) {
    if (entry.name.starts_with(k_musl_loader))
      return unsupported(image, "it uses musl, not glibc")
          .with_hint("the FIPS layer's programs are built against glibc; choose a base image that has it");
    if (elsewhere == nullptr && entry.name == k_libc && entry.type != oci::FileType::directory)
      elsewhere = &entry;
  }
  if (elsewhere == nullptr)
    return unsupported(image, "it has no glibc")
        .with_hint("the FIPS layer's programs are built against glibc; choose a base image that has it");
  return unsupported(image, "its loader finds no " + std::string(k_libc) + " for " + image.platform().architecture)
      .with_hint("one is in " + elsewhere->path() + "; kif looked in " + joined(folders) +
                 ": name its folder in /etc/ld.so.conf or LD_LIBRARY_PATH");
}

// The libcrypto that the loader takes for programs of one major version; null: none that can be loaded here.
Result<const Libcrypto*> libcrypto_of(const OpensslMajor& major, const oci::Image& image, const oci::FileTree& tree,
                                      const std::vector<std::string>& folders, const Findings& findings) {
  for (const oci::FileEntry* entry : find_libraries(tree, folders, major.libcrypto)) {
    const auto found = findings.libcryptos.find(id_of(*entry));
    if (found == findings.libcryptos.end())
      return fail(unsupported(image, entry->path() + " is not OpenSSL's libcrypto"));
    if (found->second.architecture == image.platform().architecture && known_major(found->second.version) == &major)
      return &found->second;
  }
  return nullptr;
}

Error no_libcrypto(const oci::Image& image, const Findings& findings, const std::vector<std::string>& folders) {
  const std::string hint = "install OpenSSL 3 or 4 in the image (on Debian: libssl3 or libssl3t64)";
  std::string names;
  for (const OpensslMajor& major : k_openssl_majors)
    names += (names.empty() ? "" : " or ") + std::string(major.libcrypto);
  for (const auto& [id, found] : findings.libcryptos)
    if (found.is_shared && found.version.starts_with("1."))
      return unsupported(image, "it has OpenSSL " + found.version + " (" + found.path +
                                    "), which cannot load a FIPS module of OpenSSL 3")
          .with_hint(hint);
  for (const auto& [id, found] : findings.libcryptos)
    if (found.is_shared && known_major(found.version) == nullptr)
      return unsupported(image, "it has OpenSSL " + found.version + " (" + found.path +
                                    "), of a major version that kif does not know: it knows " + k_openssl_majors_text)
          .with_hint(hint);
  for (const auto& [id, found] : findings.libcryptos)
    if (found.is_shared)
      return unsupported(image, "its loader finds no " + names)
          .with_hint("one is in " + found.path + ", outside the loader's folders, which are " + joined(folders));
  for (const auto& [id, found] : findings.libcryptos)
    return unsupported(image, "it has no " + names)
        .with_hint(found.path + " has " + FoundLibcrypto{found.path, found.version}.name() +
                   " linked in, which the layer does not reach; " + hint);
  return unsupported(image, "it has no libcrypto").with_hint(hint);
}

} // namespace

std::string FoundLibcrypto::name() const {
  return version.empty() ? "OpenSSL of unknown version" : "OpenSSL " + version;
}

oci::FileTree::Options inspection_options(const oci::ImageConfig& config) {
  oci::FileTree::Options options;
  options.head_bytes = k_elf_magic_bytes;
  options.mark = [](std::span<const std::byte> head) { return elf::is_elf(head) ? k_elf_mark : std::uint8_t{0}; };
  const std::string script = first_program_file_name(config);
  options.keep = [ending = "/" + script](std::string_view name, std::uint64_t size) {
    // Names in layers may begin with a slash or not.
    const std::string path = (name.starts_with('/') ? "" : "/") + std::string(name);
    return is_wanted(path, size) || (ending.size() > 1 && path.ends_with(ending) && size <= k_max_first_script_bytes);
  };
  return options;
}

Result<Inspection> inspect(const oci::Image& image, const oci::FileTree& tree, const Progress& progress) {
  if (image.platform().os != "linux")
    return fail(unsupported(image, "it is for " + image.platform().text() + ", not for Linux"));
  KIF_TRY(const auto folders, loader_folders(image, tree));
  const auto libcs = find_libraries(tree, folders, k_libc);
  std::set<FileId> libc_ids;
  for (const oci::FileEntry* libc : libcs)
    libc_ids.insert(id_of(*libc));
  if (libcs.empty())
    return fail(no_glibc(image, tree, folders));
  const auto first = find_first_program(image.config(), tree);
  KIF_TRY(Findings findings, search(image, tree, libc_ids, first, progress));

  Inspection inspection;
  const auto libc = std::find_if(libcs.begin(), libcs.end(),
                                 [&](const oci::FileEntry* entry) { return findings.glibcs.contains(id_of(*entry)); });
  if (libc == libcs.end())
    return fail(no_glibc(image, tree, folders));
  inspection.glibc_path = (*libc)->path();
  inspection.glibc = findings.glibcs.at(id_of(**libc));

  std::vector<const Libcrypto*> chosen;
  for (const OpensslMajor& major : k_openssl_majors) {
    KIF_TRY(const Libcrypto* const found, libcrypto_of(major, image, tree, folders, findings));
    if (found != nullptr)
      chosen.push_back(found);
  }
  if (chosen.empty())
    return fail(no_libcrypto(image, findings, folders));
  inspection.libcrypto = {chosen.front()->path, chosen.front()->version};
  for (std::size_t i = 1; i < chosen.size(); ++i)
    inspection.further.push_back({chosen[i]->path, chosen[i]->version});
  for (const auto& [id, found] : findings.libcryptos)
    if (std::find(chosen.begin(), chosen.end(), &found) == chosen.end())
      (found.is_shared ? inspection.other_shared : inspection.linked_in)
          .push_back({found.path, found.version, found.is_static});
  const auto by_path = [](const FoundLibcrypto& a, const FoundLibcrypto& b) { return a.path < b.path; };
  std::sort(inspection.other_shared.begin(), inspection.other_shared.end(), by_path);
  std::sort(inspection.linked_in.begin(), inspection.linked_in.end(), by_path);
  inspection.openssl_folders = std::move(findings.folders);
  const auto order = [&](const OpensslFolder& folder) {
    return std::tuple<bool, std::string_view, std::string_view>(folder.file != inspection.libcrypto.path, folder.file,
                                                                folder.path);
  };
  std::sort(inspection.openssl_folders.begin(), inspection.openssl_folders.end(),
            [&](const OpensslFolder& a, const OpensslFolder& b) { return order(a) < order(b); });
  inspection.runtimes = std::move(findings.runtimes);
  add_packed(tree, inspection.runtimes);
  std::sort(inspection.runtimes.begin(), inspection.runtimes.end(),
            [](const RuntimeProgram& a, const RuntimeProgram& b) { return a.path < b.path; });
  inspection.own_contexts = std::move(findings.own_contexts);
  std::sort(inspection.own_contexts.begin(), inspection.own_contexts.end());
  inspection.first_process = std::move(findings.first_process);
  if (first && !is_program(*first->file)) { // mostly kept; one behind a link of another name costs a pass
    KIF_TRY(const std::string script,
            oci::read_image_file(image, tree, first->file->path(), k_max_first_program_bytes));
    inspection.first_process = first_process_warning(*first, script);
  }
  inspection.not_searched = std::move(findings.not_searched);
  std::sort(inspection.not_searched.begin(), inspection.not_searched.end());
  return inspection;
}

} // namespace kif::image
