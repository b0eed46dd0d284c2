// SPDX-License-Identifier: Apache-2.0
#include "verify/live.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/root_file.h"
#include "verify/live_results.h"
#include "verify/openssl_jobs.h"
#include "verify/stock_config.h"

namespace kif::verify {
namespace {

constexpr std::chrono::milliseconds k_probe_timeout{120'000};
constexpr std::uint64_t k_max_config_bytes = 1024 * 1024;
constexpr const char* k_probe_path = "/.kif/probe";
constexpr const char* k_stock_config = "openssl.cnf";
constexpr const char* k_stock_preload = "ld.so.preload";

/// The containers of one live verification, run some at a time.
class LiveRuns {
public:
  LiveRuns(const Subject& subject, Runner& runner, const LiveOptions& options)
      : m_subject(subject), m_runner(runner), m_options(options) {}

  Result<void> run(LiveResults& results, Report& report) {
    results.through_init = m_subject.starts_through_init();
    results.openssl = find_in_image(m_subject, "openssl");
    results.control_is_image = !m_subject.has_layer();
    std::filesystem::path stock; // a folder
    if (!results.control_is_image) {
      if (const auto made = make_stock_files())
        stock = *made;
      else
        results.control_defect = made.error().message;
    }

    for (const Way way : k_ways) {
      add("probe", way, [this, &results, way] { probe(container(way), true, of(results.probe, way)); });
      if (!stock.empty())
        add("control probe", way,
            [this, &results, way, stock] { probe(control(way, stock), false, of(results.control, way)); });
    }
    if (!results.openssl.empty())
      add_openssl(results);
    return work_off(report);
  }

private:
  struct Task {
    std::string name;
    Way way;
    std::function<void()> work;
  };

  void add(std::string name, Way way, std::function<void()> work) {
    m_tasks.push_back({std::move(name), way, std::move(work)});
  }

  void add_openssl(LiveResults& results) {
    for (const OpensslJob& job : openssl_jobs())
      results.openssl_jobs.push_back({std::string(job.id), std::string(job.title), {}});
    for (std::size_t i = 0; i < openssl_jobs().size(); ++i)
      for (const Way way : k_ways)
        add("openssl " + std::string(openssl_jobs()[i].id), way, [this, &results, i, way] {
          of(results.openssl_jobs[i].runs, way) =
              run_openssl_job(openssl_jobs()[i], results.openssl, container(way), m_runner);
        });
  }

  // Every run finds the image as it was: the root is read-only, and /tmp is its own.
  watch::Container container(Way way) const {
    watch::Container container;
    container.root = m_subject.root;
    container.environment = m_subject.environment;
    container.working_directory = m_subject.working_directory;
    container.user = m_subject.user;
    container.mode = way == Way::trace ? watch::Mode::trace : watch::Mode::deny;
    container.denial = way == Way::deny_eperm ? watch::Denial::eperm : watch::Denial::enosys;
    container.read_only_root = true;
    container.tmpfs = {"/tmp"};
    return container;
  }

  // OPENSSL_MODULES leads to kif's provider by the module's name; here it must lead to the module.
  watch::Container control(Way way, const std::filesystem::path& stock) const {
    watch::Container control = container(way);
    control.binds.push_back({stock / k_stock_config, k_layer_config, true});
    if (std::filesystem::exists(stock / k_stock_preload))
      control.binds.push_back({stock / k_stock_preload, k_layer_preload, true});
    std::erase_if(control.environment, [](const std::string& entry) {
      return entry.starts_with("OPENSSL_CONF=") || entry.starts_with("OPENSSL_MODULES=");
    });
    control.environment.push_back(std::string("OPENSSL_CONF=") + k_layer_config);
    control.environment.emplace_back("OPENSSL_MODULES=/usr/lib/kif");
    return control;
  }

  Result<std::filesystem::path> make_stock_files() {
    const auto text = read_in_root(m_subject.root, k_layer_config, k_max_config_bytes);
    if (!text)
      return fail(ErrorCode::not_found,
                  "cannot make the stock configuration: " + std::string(k_layer_config) + " cannot be read");
    KIF_TRY(const std::string config, stock_config(*text));
    KIF_TRY(std::filesystem::path folder, m_runner.make_folder());
    KIF_CHECK(write_file(folder / k_stock_config, config));
    if (const auto preload = read_in_root(m_subject.root, k_layer_preload, k_max_config_bytes))
      KIF_CHECK(write_file(folder / k_stock_preload, stock_preload(*preload)));
    return folder;
  }

  static Result<void> write_file(const std::filesystem::path& path, const std::string& text) {
    KIF_TRY(AtomicFile file, AtomicFile::create(path));
    KIF_CHECK(file.write(text));
    return file.commit();
  }

  void probe(watch::Container container, bool through_entrypoint, ProbeRun& run) {
    if (through_entrypoint && m_subject.starts_through_init())
      container.arguments = {k_layer_init, "--"};
    container.arguments.emplace_back(k_probe_path);
    container.binds.push_back({m_options.probe, k_probe_path, true});
    auto result = m_runner.run(container, {}, k_probe_timeout, -1);
    if (!result) {
      run.failure = result.error().message;
      return;
    }
    run.result = *std::move(result);
    run.output = parse_probe_output(run.result.out);
  }

  Result<void> work_off(Report& report) {
    std::atomic<std::size_t> next{0};
    std::mutex lock;
    for (const Task& task : m_tasks)
      report.runs.push_back({task.name, std::string(to_string(task.way)), {}});
    const auto lane = [&] {
      for (std::size_t i = next++; i < m_tasks.size() && !m_runner.stopped(); i = next++) {
        Task& task = m_tasks[i];
        {
          const std::lock_guard guard(lock);
          m_options.progress(task.name + ", " + std::string(to_string(task.way)) + " (" + std::to_string(i + 1) +
                             " of " + std::to_string(m_tasks.size()) + ")");
        }
        const auto begin = std::chrono::steady_clock::now();
        task.work();
        report.runs[i].duration =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
      }
    };
    std::vector<std::thread> lanes;
    for (unsigned i = 1; i < std::max(m_options.lanes, 1U); ++i)
      lanes.emplace_back(lane);
    lane();
    for (std::thread& thread : lanes)
      thread.join();
    if (m_runner.stopped())
      return fail(ErrorCode::process, "cannot finish the verification: stopped by a signal");
    return {};
  }

  const Subject& m_subject;
  Runner& m_runner;
  const LiveOptions& m_options;
  std::vector<Task> m_tasks;
};

void add_notes(const ProbeRun& run, std::vector<std::string>& notes) {
  for (const std::string& note : run.result.notes)
    if (std::ranges::find(notes, note) == notes.end())
      notes.push_back(note);
}

} // namespace

Result<watch::RunResult> RuntimeRunner::run(const watch::Container& container, const std::string& standard_input,
                                            std::chrono::milliseconds timeout, int stop_fd) {
  return watch::run_container(
      m_workspace, container,
      {.standard_input = standard_input, .timeout = timeout, .interrupts = &m_interrupts, .stop_fd = stop_fd});
}

Result<Report> verify_live(const Subject& subject, Runner& runner, const LiveOptions& options) {
  Report report{.image = subject.image,
                .manifest_digest = subject.manifest_digest,
                .platform = subject.platform,
                .started_through = subject.starts_through_init() ? "kif-init" : "no entrypoint of kif's",
                .findings = {},
                .calls = {},
                .runs = {},
                .notes = subject.notes};
  LiveResults results;
  KIF_CHECK(LiveRuns(subject, runner, options).run(results, report));
  report.findings = live_findings(results);
  for (Finding& finding : findings_at_rest(subject))
    report.findings.push_back(std::move(finding));
  report.calls = live_calls(results);
  for (const ProbeRun& run : results.probe)
    add_notes(run, report.notes);
  return report;
}

} // namespace kif::verify
