// SPDX-License-Identifier: Apache-2.0
#include "verify/openssl_jobs.h"

#include <algorithm>
#include <cerrno>
#include <future>
#include <system_error>
#include <thread>

#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/root_file.h"

namespace kif::verify {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds k_timeout{60'000};
// The folder that the containers share is on this machine's disk: a key has some kilobytes.
constexpr std::uint64_t k_max_file_bytes = 1 << 20;
constexpr const char* k_work = "/.kif/work";

// `openssl req` needs a section with this name; the image's own configuration need not have one.
constexpr std::string_view k_request_config = "[req]\ndistinguished_name = name\nprompt = no\n[name]\nCN = localhost\n";

std::string first_line(std::string_view text) {
  return in_one_line(text.substr(0, text.find('\n')), 300);
}

/// The containers of one job.
class Job {
public:
  Job(std::string openssl, watch::Container container, Runner& runner)
      : m_openssl(std::move(openssl)), m_container(std::move(container)), m_runner(runner) {}

  OpensslRun run_command(const std::vector<std::string>& arguments) {
    const auto result = run(arguments);
    if (!result)
      return could_not(result.error());
    if (result->exit_code != 0)
      return failed(arguments.front(), *result);
    // The exit code alone is no proof: the output must be what the command is for.
    const bool is_key = arguments.front() != "rand";
    const bool good = is_key ? result->out.find("PRIVATE KEY-----") != std::string::npos : is_hex_line(result->out, 64);
    if (!good) {
      m_outcome.outcome = Outcome::fail;
      m_outcome.evidence.push_back(arguments.front() + " ends with 0, but gives neither key nor random bytes");
      return std::move(m_outcome);
    }
    if (!is_key)
      m_outcome.drawn = first_line(result->out);
    return passed(arguments.front() + ": " + (is_key ? "a private key" : "32 bytes"));
  }

  OpensslRun run_tls() {
    const auto folder = prepare_folder();
    if (!folder)
      return could_not(folder.error());
    const auto request =
        run({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-config",
             work("req.cnf"), "-keyout", work("key.pem"), "-out", work("certificate.pem")});
    if (!request)
      return could_not(request.error());
    if (request->exit_code != 0)
      return failed("req", *request);
    return run_handshake(*folder / "socket");
  }

private:
  static std::string work(const std::string& name) { return std::string(k_work) + "/" + name; }

  static bool is_hex_line(std::string_view text, std::size_t digits) {
    while (!text.empty() && text.back() == '\n')
      text.remove_suffix(1);
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  }

  Result<std::filesystem::path> prepare_folder() {
    KIF_TRY(const std::filesystem::path folder, m_runner.make_folder());
    if (::chmod(folder.c_str(), 0777) != 0) // the container's user is not ours
      return fail(system_error(errno, "cannot prepare " + folder.string()));
    KIF_TRY(AtomicFile config, AtomicFile::create(folder / "req.cnf"));
    KIF_CHECK(config.write(k_request_config));
    KIF_CHECK(config.commit());
    m_container.binds.push_back({folder, k_work, false});
    m_container.bounds.file_bytes = k_max_file_bytes;
    return folder;
  }

  Result<watch::RunResult> run(const std::vector<std::string>& arguments, const std::string& input = {},
                               int stop_fd = -1) {
    auto result = run_container(arguments, input, stop_fd);
    note_trace(arguments.front(), result);
    return result;
  }

  Result<watch::RunResult> run_container(const std::vector<std::string>& arguments, const std::string& input,
                                         int stop_fd) {
    watch::Container container = m_container;
    container.arguments = {m_openssl};
    container.arguments.insert(container.arguments.end(), arguments.begin(), arguments.end());
    return m_runner.run(container, input, k_timeout, stop_fd);
  }

  void note_trace(const std::string& command, const Result<watch::RunResult>& result) {
    if (result && m_container.mode == watch::Mode::trace)
      m_outcome.traces.emplace_back("openssl " + command, result->trace);
  }

  // Server and client are containers of their own and meet at a socket in the folder they share: a network would need
  // rights on the host. Nobody tells when the server listens, so the client is tried again as long as it is refused.
  OpensslRun run_handshake(const std::filesystem::path& socket) {
    const UniqueFd stop(::eventfd(0, EFD_CLOEXEC));
    std::future<Result<watch::RunResult>> server;
    try {
      server = std::async(std::launch::async, [&] {
        return run_container({"s_server", "-unix", work("socket"), "-naccept", "1", "-www", "-key", work("key.pem"),
                              "-cert", work("certificate.pem")},
                             {}, stop.get());
      });
    } catch (const std::system_error& error) { // no more threads for this user
      return could_not(system_error(error.code().value(), "cannot run s_server and s_client at a time"));
    }
    // Where an exception comes instead, `server` waits until the container's time is over.
    const auto client = connect(socket);
    if (!client || client->exit_code != 0) {
      const std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = ::write(stop.get(), &one, sizeof one);
    }
    const auto served = server.get();
    note_trace("s_server", served);
    if (!client)
      return could_not(client.error());
    return judge_handshake(*client, served);
  }

  Result<watch::RunResult> connect(const std::filesystem::path& socket) {
    std::error_code ignored;
    for (int waited_ms = 0; !std::filesystem::exists(socket, ignored) && waited_ms < 20'000; waited_ms += 20)
      std::this_thread::sleep_for(milliseconds(20));
    if (!std::filesystem::exists(socket, ignored))
      return fail(ErrorCode::timeout, "cannot run s_client: s_server does not listen");
    for (int attempt = 0;; ++attempt) {
      auto client = run({"s_client", "-unix", work("socket"), "-tls1_3", "-CAfile", work("certificate.pem"),
                         "-verify_return_error", "-ign_eof"},
                        "GET / HTTP/1.0\r\n\r\n");
      if (!client || attempt == 3 || client->err.find("onnection refused") == std::string::npos)
        return client;
      std::this_thread::sleep_for(milliseconds(100));
    }
  }

  OpensslRun judge_handshake(const watch::RunResult& client, const Result<watch::RunResult>& served) {
    const auto cipher = line_with(client.out, "New, TLSv1.3, Cipher is ");
    const bool answered = client.out.find("HTTP/1.0 200") != std::string::npos;
    if (client.exit_code != 0 || !cipher || !answered) {
      m_outcome.outcome = Outcome::fail;
      m_outcome.evidence.push_back("s_client: exit code " + std::to_string(client.exit_code) + ", " +
                                   first_line(client.err));
      if (served && !served->err.empty())
        m_outcome.evidence.push_back("s_server: " + first_line(served->err));
      return std::move(m_outcome);
    }
    std::string evidence = "req, s_server, s_client: " + *cipher;
    for (const char* key : {"Negotiated TLS1.3 group: ", "Peer Temp Key: ", "Server Temp Key: "})
      if (const auto group = line_with(client.out, key)) {
        evidence += ", " + *group;
        break;
      }
    return passed(evidence);
  }

  static std::optional<std::string> line_with(const std::string& text, const std::string& beginning) {
    const std::size_t at = text.find(beginning);
    return at == std::string::npos ? std::nullopt : std::optional(first_line(std::string_view(text).substr(at)));
  }

  OpensslRun passed(std::string evidence) {
    m_outcome.outcome = Outcome::pass;
    m_outcome.evidence.push_back(std::move(evidence));
    return std::move(m_outcome);
  }

  OpensslRun failed(const std::string& command, const watch::RunResult& result) {
    m_outcome.outcome = Outcome::fail;
    m_outcome.evidence.push_back(command + ": exit code " + std::to_string(result.exit_code) + ", " +
                                 first_error(result.err));
    return std::move(m_outcome);
  }

  // Of OpenSSL's error lines the first: the cause.
  static std::string first_error(std::string_view text) {
    const std::size_t at = text.find(":error:");
    return first_line(at == std::string_view::npos ? text : text.substr(at + 1));
  }

  OpensslRun could_not(const Error& error) {
    m_outcome.outcome = Outcome::could_not_check;
    m_outcome.evidence.push_back(error.message);
    return std::move(m_outcome);
  }

  std::string m_openssl;
  watch::Container m_container;
  Runner& m_runner;
  OpensslRun m_outcome;
};

} // namespace

const std::vector<OpensslJob>& openssl_jobs() {
  static const std::vector<OpensslJob> jobs = {
      {"RAND", "openssl rand draws", {"rand", "-hex", "32"}},
      {"GENPKEY-EC", "openssl genpkey makes a P-256 key", {"genpkey", "-algorithm", "EC", "-pkeyopt", "group:P-256"}},
      {"GENRSA", "openssl genrsa makes an RSA-2048 key", {"genrsa", "2048"}},
      {"TLS", "openssl req, s_server and s_client complete a TLS 1.3 handshake", {}}};
  return jobs;
}

std::string find_in_image(const Subject& subject, const std::string& program) {
  std::string_view path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const std::string& entry : subject.environment)
    if (entry.starts_with("PATH="))
      path = std::string_view(entry).substr(5);
  while (!path.empty()) {
    const std::string_view folder = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(folder.size() + 1, path.size()));
    const std::string candidate = std::string(folder) + (folder.ends_with('/') ? "" : "/") + program;
    struct stat status {};
    if (const UniqueFd file = open_in_root(subject.root, candidate);
        file && ::fstat(file.get(), &status) == 0 && (status.st_mode & 0111U) != 0)
      return candidate;
  }
  return {};
}

OpensslRun run_openssl_job(const OpensslJob& job, const std::string& openssl, const watch::Container& container,
                           Runner& runner) {
  Job containers(openssl, container, runner);
  return job.arguments.empty() ? containers.run_tls() : containers.run_command(job.arguments);
}

} // namespace kif::verify
