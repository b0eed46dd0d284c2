// SPDX-License-Identifier: Apache-2.0
#include "image/java_support.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <set>
#include <utility>

#include "base/file.h"
#include "image/java_jars.h"
#include "image/java_security.h"
#include "image/payload.h"

namespace kif::image {
namespace {

constexpr std::uint64_t k_max_jar_bytes = 64ULL * 1024 * 1024;
constexpr std::uint64_t k_max_text_bytes = 4ULL * 1024 * 1024;
constexpr std::string_view k_jvm = "libjvm.so";
constexpr std::size_t k_max_runtimes = 64;
constexpr std::string_view k_security = "/conf/security/java.security";
constexpr std::string_view k_trust_store = "/lib/security/cacerts";
constexpr std::string_view k_security_of_8 = "/lib/security/java.security";
constexpr unsigned k_oldest_release = 11;
/// The first whose launcher knows --enable-native-access; from 24 on a JVM warns without it.
constexpr unsigned k_native_access_release = 17;

/// Where distributions keep their CA bundle: Debian and Alpine, Red Hat, SUSE.
constexpr std::array<std::string_view, 3> k_bundles = {"/etc/ssl/certs/ca-certificates.crt",
                                                       "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"};

// Bouncy Castle's module writes its log with it. What else its jars name (java.naming) they load where it is used.
constexpr std::string_view k_needed_module = "java.logging";

// JAVA_VERSION="21.0.8" in the file that every JDK since 7 has.
std::string version_in(std::string_view release_file) {
  constexpr std::string_view k_key = "JAVA_VERSION=\"";
  const std::size_t start = release_file.find(k_key);
  if (start == std::string_view::npos)
    return {};
  const std::string_view rest = release_file.substr(start + k_key.size());
  // What is shown to people and written into the layer, from a file that anybody may have made.
  constexpr std::string_view k_allowed = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+-_";
  constexpr std::size_t k_max_bytes = 64;
  return std::string(rest.substr(0, std::min(rest.find_first_not_of(k_allowed), k_max_bytes)));
}

/// By MODULES="java.base java.logging" in the same file, which jlink writes, too. A file without the line says nothing.
bool lacks_module(std::string_view release_file, std::string_view module) {
  constexpr std::string_view k_key = "MODULES=\"";
  const std::size_t start = release_file.find(k_key);
  if (start == std::string_view::npos)
    return false;
  std::string_view rest = release_file.substr(start + k_key.size());
  rest = rest.substr(0, rest.find_first_of("\"\n"));
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find(' '));
    if (name == module)
      return false;
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  }
  return true;
}

// The folder that holds lib/server/libjvm.so or lib/client/libjvm.so, and the architecture's folder between in Java 8.
std::string home_of(std::string_view jvm) {
  const std::size_t lib = jvm.rfind("/lib/");
  return lib == std::string_view::npos ? std::string() : std::string(jvm.substr(0, lib));
}

// A JVM's library and the folder that the runtime is in.
struct Jvm {
  std::string path;
  std::string home;
};

// One for each home, and what will be read of them kept.
Result<std::vector<Jvm>> find_jvms(const oci::Image& image, const oci::FileTree& tree) {
  std::vector<Jvm> jvms;
  std::set<std::string> homes;
  std::vector<const oci::FileEntry*> wanted;
  const auto want = [&](const std::string& path) {
    if (const oci::FileEntry* file = tree.resolve(path))
      wanted.push_back(file);
  };
  for (const oci::FileEntry& entry : tree.entries()) {
    if (entry.type != oci::FileType::regular || entry.name != k_jvm)
      continue;
    Jvm jvm{entry.path(), {}};
    jvm.home = home_of(jvm.path);
    if (jvm.home.empty() || !homes.insert(jvm.home).second)
      continue;
    if (jvms.size() == k_max_runtimes)
      return fail(ErrorCode::too_large, "cannot harden " + image.name().text() + ": it has more than " +
                                            std::to_string(k_max_runtimes) + " Java runtimes");
    want(jvm.home + "/release");
    want(jvm.home + std::string(k_security));
    jvms.push_back(std::move(jvm));
  }
  KIF_CHECK(tree.keep(image, wanted, k_max_text_bytes));
  return jvms;
}

Result<std::vector<JavaRuntime>> find_runtimes(const oci::Image& image, const oci::FileTree& tree,
                                               std::vector<std::string>& warnings) {
  std::vector<JavaRuntime> runtimes;
  KIF_TRY(const auto jvms, find_jvms(image, tree));
  for (const Jvm& jvm : jvms) {
    JavaRuntime runtime{.home = jvm.home, .version = {}, .release = 0, .security_path = {}, .has_trust_store = false};
    if (const oci::FileEntry* release = tree.resolve(runtime.home + "/release"); release != nullptr) {
      KIF_TRY(const std::string text, oci::read_image_file(image, tree, release->path(), k_max_text_bytes));
      runtime.version = version_in(text);
      std::from_chars(runtime.version.data(), runtime.version.data() + runtime.version.size(), runtime.release);
      if (lacks_module(text, k_needed_module)) {
        warnings.push_back(jvm.path + " lacks the module " + std::string(k_needed_module) +
                           ", without which the FIPS layer does not reach it; jlink --add-modules java.base," +
                           std::string(k_needed_module) + ",… adds it");
        continue;
      }
    }
    const oci::FileEntry* security = tree.resolve(runtime.home + std::string(k_security));
    if (security == nullptr || security->type != oci::FileType::regular) {
      const bool is_8 = tree.resolve(runtime.home + std::string(k_security_of_8)) != nullptr;
      warnings.push_back(jvm.path + (is_8 ? " is Java 8, which the FIPS layer does not reach"
                                          : " has no java.security; the FIPS layer does not reach it"));
      continue;
    }
    if (runtime.release != 0 && runtime.release < k_oldest_release) {
      warnings.push_back(jvm.path + " is Java " + runtime.version + ", which the FIPS layer does not reach");
      continue;
    }
    runtime.security_path = security->path();
    const oci::FileEntry* trusted = tree.resolve(runtime.home + std::string(k_trust_store));
    runtime.has_trust_store = trusted != nullptr && trusted->type == oci::FileType::regular;
    runtimes.push_back(std::move(runtime));
  }
  return runtimes;
}

// The jars in the order of the class path: by name.
Result<std::vector<LayerFile>> read_jars(const std::filesystem::path& folder) {
  std::vector<LayerFile> jars;
  std::error_code error;
  for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end; file.increment(error)) {
    if (file->path().extension() != ".jar")
      continue;
    KIF_TRY(std::string content, read_file(file->path(), k_max_jar_bytes));
    jars.push_back({std::string(k_java_folder) + "/" + file->path().filename().string(), std::move(content)});
  }
  if (error)
    return fail(system_error(error.value(), "cannot read " + folder.string()));
  if (jars.empty())
    return fail(ErrorCode::not_found, "cannot find a jar in " + folder.string());
  std::sort(jars.begin(), jars.end(), [](const LayerFile& a, const LayerFile& b) { return a.path < b.path; });
  return jars;
}

Result<PayloadFile> read_library(const oci::Image& image, const Glibc& glibc, const std::filesystem::path& path) {
  KIF_TRY(PayloadFile library, read_program(path, "libkif-java.so"));
  if (library.elf.architecture != image.platform().architecture)
    return fail(Error(ErrorCode::unsupported,
                      "cannot use " + path.string() + " in " + image.name().text() + ": it is for another architecture")
                    .with_mismatch(image.platform().architecture, library.elf.architecture));
  KIF_CHECK(check_loadable(library.elf, path.string() + " in " + image.name().text(), glibc));
  return library;
}

// The boot class path is the one place that every program's own class path leaves alone (-jar, -cp, a module path).
std::string options_text(const std::vector<LayerFile>& jars, const std::vector<JavaRuntime>& runtimes,
                         std::string_view trust_store) {
  std::string text = "-Xbootclasspath/a:";
  for (const LayerFile& jar : jars)
    text += (&jar == jars.data() ? "" : ":") + jar.path;
  text += "\n";
  if (std::all_of(runtimes.begin(), runtimes.end(),
                  [](const JavaRuntime& runtime) { return runtime.release >= k_native_access_release; }))
    text += "--enable-native-access=ALL-UNNAMED\n";
  if (!trust_store.empty())
    text += "-Djavax.net.ssl.trustStore=" + std::string(trust_store) + "\n";
  return text;
}

// What programs trust by default is the runtime's own cacerts, which kif's key store types read. Where no runtime of
// the image has one it is the image's CA bundle; empty: there is none either, or it is not needed.
Result<std::string> other_trust_store(const oci::Image& image, const oci::FileTree& tree, JavaSupport& java) {
  std::vector<const JavaRuntime*> without;
  for (const JavaRuntime& runtime : java.runtimes)
    if (!runtime.has_trust_store)
      without.push_back(&runtime);
  if (without.size() == java.runtimes.size()) {
    for (const std::string_view path : k_bundles) {
      const oci::FileEntry* bundle = tree.resolve(path);
      if (bundle == nullptr || bundle->type != oci::FileType::regular)
        continue;
      KIF_TRY(const std::string text, oci::read_image_file(image, tree, bundle->path(), k_max_text_bytes));
      if (text.find("-----END CERTIFICATE-----") !=
          std::string::npos) // a store without one is an error of each program
        return std::string(path);
    }
  }
  for (const JavaRuntime* runtime : without)
    java.warnings.push_back(runtime->home + " has no lib/security/cacerts, so its programs trust nobody by default");
  return std::string();
}

} // namespace

Result<JavaSupport> java_support(const oci::Image& image, const oci::FileTree& tree, const Glibc& glibc,
                                 const JavaRequest& request) {
  JavaSupport java;
  KIF_TRY(java.runtimes, find_runtimes(image, tree, java.warnings));
  if (java.runtimes.empty()) {
    if (!request.stores.is_empty())
      return fail(ErrorCode::invalid_input, "cannot convert key stores of " + image.name().text() +
                                                ": it has no Java runtime that the FIPS layer reaches");
    return java;
  }
  std::error_code ignored;
  if (request.folder.empty() || !std::filesystem::exists(request.folder, ignored)) {
    if (!request.stores.is_empty())
      return fail(ErrorCode::unsupported, "cannot convert key stores of " + image.name().text() +
                                              ": this kif was built without its files for Java");
    java.warnings.push_back("the image has Java " + java.runtimes.front().version +
                            ", and this kif was built without its files for Java: the FIPS layer does not reach it");
    java.runtimes.clear();
    return java;
  }
  java.advice = warnings_of_jars(tree, request.choices);

  KIF_TRY(PayloadFile library, read_library(image, glibc, request.library));
  KIF_TRY(java.files, read_jars(request.folder));
  KIF_TRY(const std::string properties, read_file(request.folder / "kif.security", k_max_text_bytes));
  KIF_TRY(const std::string trust_store, other_trust_store(image, tree, java));
  std::string options = options_text(java.files, java.runtimes, trust_store);
  std::string homes;
  for (const JavaRuntime& runtime : java.runtimes) {
    KIF_TRY(const std::string theirs, oci::read_image_file(image, tree, runtime.security_path, k_max_text_bytes));
    homes += runtime.home + "\n";
    const bool is_shared = std::any_of(java.files.begin(), java.files.end(),
                                       [&](const LayerFile& file) { return file.path == runtime.security_path; });
    if (!is_shared) // two runtimes may link to one file
      java.files.push_back({runtime.security_path, edit_java_security(theirs, properties, request.choices)});
  }
  KIF_TRY(JavaStores stores, java_stores(image, tree, request.stores, request.choices.keep_sun));
  std::ranges::move(stores.warnings, std::back_inserter(java.advice));
  for (LayerFile& store : stores.files) {
    java.converted_stores.push_back({store.path, Digest::of(store.content)});
    java.files.push_back(std::move(store));
  }
  java.files.push_back({std::string(k_java_library_path), std::move(library.content)});
  java.files.push_back({std::string(k_java_options_path), std::move(options)});
  java.files.push_back({std::string(k_java_runtimes_path), std::move(homes)});
  return java;
}

void edit_java_environment(nlohmann::json& config, const JavaSupport& java) {
  if (java.runtimes.empty())
    return;
  const std::string name = "JAVA_TOOL_OPTIONS=";
  const std::string option = "-XX:VMOptionsFile=" + std::string(k_java_options_path);
  nlohmann::json& environment = config["config"]["Env"];
  bool is_there = false; // every one of several: engines differ in which they take
  for (nlohmann::json& variable : environment) {
    const std::string text = variable.get<std::string>();
    if (!text.starts_with(name))
      continue;
    if (const std::string value = text.substr(name.size()); value != option && !value.starts_with(option + " "))
      variable = name + option + (value.empty() ? "" : " " + value);
    is_there = true;
  }
  if (!is_there)
    environment.push_back(name + option);
}

} // namespace kif::image
