// SPDX-License-Identifier: Apache-2.0
#include "verify/live.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <system_error>

#include "base/root_file.h"
#include "verify/apart_starts.h"
#include "verify/java_probe.h"
#include "verify/lanes.h"
#include "verify/live_results.h"
#include "verify/openssl_jobs.h"
#include "verify/stock_config.h"
#include "verify/workload_findings.h"
#include "watch/writable_layer.h"

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

  void run(LiveResults& results, Report& report) {
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

    for (const ProbeMode mode : k_probe_modes) {
      add("probe", mode, [this, &results, mode] { probe(container(mode), true, of(results.probe, mode)); });
      if (!stock.empty())
        add("control probe", mode,
            [this, &results, mode, stock] { probe(control(mode, stock), false, of(results.control, mode)); });
    }
    results.apart_starts = apart_starts();
    for (ApartStart& start : results.apart_starts)
      add_apart_start(start);
    if (!results.openssl.empty())
      add_openssl(results);
    results.javas = java_starts(m_subject);
    results.more_javas = m_subject.cryptography.javas.size() > results.javas.size();
    for (JavaStart& start : results.javas)
      add_java(start);
    if (m_options.workload)
      add_workload(results, stock);
    work_off(report);
  }

private:
  struct Task {
    std::string name;
    std::string mode;
    std::function<void()> work;
  };

  void add(std::string name, ProbeMode mode, std::function<void()> work) {
    m_tasks.push_back({std::move(name), std::string(to_string(mode)), std::move(work)});
  }

  void add_openssl(LiveResults& results) {
    for (const OpensslJob& job : openssl_jobs())
      results.openssl_jobs.push_back({std::string(job.id), std::string(job.title), {}});
    for (std::size_t i = 0; i < openssl_jobs().size(); ++i)
      for (const ProbeMode mode : k_probe_modes)
        add("openssl " + std::string(openssl_jobs()[i].id), mode, [this, &results, i, mode] {
          of(results.openssl_jobs[i].runs, mode) =
              run_openssl_job(openssl_jobs()[i], results.openssl, container(mode), m_runner);
        });
  }

  // Beside the others, and each beside each: a service waits more than it works. Where they share a folder of this
  // machine that they may write to, one after another.
  void add_workload(LiveResults& results, const std::filesystem::path& stock) {
    const Workload& workload = *m_options.workload;
    results.workload =
        WorkloadResults{.workload = workload, .has_layer = m_subject.has_layer(), .probed = m_subject.environment};
    for (const WorkloadMode mode : workload_modes(workload, !stock.empty()))
      results.workload->runs.push_back({.mode = mode});
    const bool shares =
        std::ranges::any_of(workload.binds, [](const watch::BindMount& bind) { return !bind.read_only; });
    m_workload_lanes = shares ? 1 : static_cast<unsigned>(results.workload->runs.size());
    for (WorkloadRun& run : results.workload->runs)
      m_workload_tasks.push_back({"workload", std::string(to_string(run.mode)),
                                  [this, &run, stock] { run_workload(*m_options.workload, stock, run); }});
  }

  void run_workload(const Workload& workload, const std::filesystem::path& stock, WorkloadRun& run) {
    watch::Container container;
    container.root = m_subject.root;
    container.environment = workload.environment;
    if (run.mode == WorkloadMode::control)
      make_control(container, stock);
    set_up_workload(workload, run.mode, container);
    auto result = m_runner.attend(container, workload.standard_input, workload.attendance);
    if (result)
      run.result = *std::move(result);
    else
      run.failure = result.error().message;
  }

  // Not through kif-init: its catch-all may set no_new_privs, with which nobody gains rights. Engines start programs in
  // just this way beside it (docker exec, kubectl exec).
  void add_apart_start(ApartStart& start) {
    auto probe_file = prepare_apart_start(start, m_options.probe, m_subject.user, m_runner);
    if (!probe_file) {
      start.defect = probe_file.error().message;
      return;
    }
    for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm})
      add("probe " + start.id, mode, [this, &start, mode, file = *probe_file] {
        watch::Container apart = container(mode);
        set_up_apart_start(start, apart);
        apart.arguments = {k_probe_path, "--state"};
        apart.binds.push_back({file, k_probe_path, true, start.gains_rights});
        run_probe(apart, of(start.runs, mode));
      });
  }

  void add_java(JavaStart& start) {
    if (!start.defect.empty())
      return;
    for (const ProbeMode mode : {ProbeMode::deny_enosys, ProbeMode::deny_eperm}) {
      if (m_options.java_probe.empty()) {
        of(start.runs, mode).failure = "this kif was built without its Java probe";
        continue;
      }
      add("Java probe", mode, [this, &start, mode] {
        watch::Container java = container(mode);
        set_up_java_probe(m_subject, start, m_options.java_probe, java);
        run_probe(java, of(start.runs, mode), lines_of_java_probe);
      });
    }
  }

  // Every run finds the image as it was: the root is read-only, and /tmp is its own.
  watch::Container container(ProbeMode mode) const {
    watch::Container container;
    container.root = m_subject.root;
    container.environment = m_subject.environment;
    let_catch_all_go(container.environment);
    container.working_directory = m_subject.working_directory;
    container.user = m_subject.user;
    container.mode = mode == ProbeMode::trace ? watch::Mode::trace : watch::Mode::deny;
    container.denial = mode == ProbeMode::deny_eperm ? watch::Denial::eperm : watch::Denial::enosys;
    container.read_only_root = true;
    container.tmpfs = {"/tmp"};
    return container;
  }

  // OPENSSL_MODULES leads to kif's provider by the module's name; here it must lead to the module.
  watch::Container control(ProbeMode mode, const std::filesystem::path& stock) const {
    watch::Container control = container(mode);
    make_control(control, stock);
    return control;
  }

  static void make_control(watch::Container& control, const std::filesystem::path& stock) {
    control.binds.push_back({stock / k_stock_config, k_layer_config, true});
    std::error_code ignored;
    if (std::filesystem::exists(stock / k_stock_preload, ignored))
      control.binds.push_back({stock / k_stock_preload, k_layer_preload, true});
    std::erase_if(control.environment, [](const std::string& entry) {
      return entry.starts_with("OPENSSL_CONF=") || entry.starts_with("OPENSSL_MODULES=");
    });
    control.environment.push_back(std::string("OPENSSL_CONF=") + k_layer_config);
    control.environment.emplace_back("OPENSSL_MODULES=/usr/lib/kif");
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
    run_probe(container, run);
  }

  void run_probe(const watch::Container& container, ProbeRun& run,
                 std::string (*lines_of)(std::string_view) = nullptr) {
    auto result = m_runner.run(container, {}, k_probe_timeout, -1);
    if (!result) {
      run.failure = result.error().message;
      return;
    }
    run.result = *std::move(result);
    run.output = parse_probe_output(lines_of != nullptr ? lines_of(run.result.out) : run.result.out);
  }

  void work_off(Report& report) {
    Queue usual{m_tasks, 0, {}};
    Queue beside{m_workload_tasks, m_tasks.size(), {}};
    for (const std::vector<Task>* tasks : {&m_tasks, &m_workload_tasks})
      for (const Task& task : *tasks)
        report.runs.push_back({task.name, task.mode, {}});
    const auto work_beside = [&] { run_in_lanes(m_workload_lanes, [&] { work_off(beside, report); }); };
    std::future<void> others; // waits for its thread when it goes
    try {
      if (!m_workload_tasks.empty())
        others = std::async(std::launch::async, work_beside);
    } catch (const std::system_error&) { // no more threads for this user
    }
    run_in_lanes(std::max(m_options.lanes, 1U), [&] { work_off(usual, report); });
    if (others.valid())
      others.get();
    else if (!m_workload_tasks.empty())
      work_beside();
  }

  struct Queue {
    const std::vector<Task>& tasks;
    std::size_t first_run; ///< their place in the report
    std::atomic<std::size_t> next;
  };

  void work_off(Queue& queue, Report& report) {
    for (std::size_t i = queue.next++; i < queue.tasks.size(); i = queue.next++) {
      const Task& task = queue.tasks[i];
      {
        const std::lock_guard guard(m_progress_lock);
        m_options.progress(task.name + ", " + task.mode + " (" + std::to_string(++m_begun) + " of " +
                           std::to_string(m_tasks.size() + m_workload_tasks.size()) + ")");
      }
      const auto begin = std::chrono::steady_clock::now();
      task.work();
      report.runs[queue.first_run + i].duration =
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    }
  }

  const Subject& m_subject;
  Runner& m_runner;
  const LiveOptions& m_options;
  std::vector<Task> m_tasks;
  std::vector<Task> m_workload_tasks;
  unsigned m_workload_lanes = 1;
  std::mutex m_progress_lock;
  std::size_t m_begun = 0;
};

void add_notes(const watch::RunResult& result, std::vector<std::string>& notes) {
  for (const std::string& note : result.notes)
    if (std::ranges::find(notes, note) == notes.end())
      notes.push_back(note);
}

std::string reason_not_to_run(const LiveOptions& options) {
  if (!options.workload)
    return "it was not wanted (--probe-only)";
  return options.workload->arguments.empty() ? "the image names none; a command after -- is run in its place" : "";
}

WorkloadSummary::Run summary_of(const Workload& workload, const WorkloadRun& run) {
  const watch::Attended& attended = run.result.attended;
  WorkloadSummary::Run summary{.mode = std::string(to_string(run.mode)),
                               .ended = !run.failure.empty() ? "not-started"
                                        : attended.killed    ? "killed"
                                        : attended.stopped   ? "stopped"
                                                             : "by-itself",
                               .exit_code = run.result.exit_code,
                               .duration = run.result.duration,
                               .exercises = attended.exercises};
  if (workload.wants_ready())
    summary.ready = attended.ready;
  return summary;
}

void add_workload(const WorkloadResults& results, Report& report) {
  for (CallSummary& call : workload_calls(results))
    report.calls.push_back(std::move(call));
  report.workload.arguments = results.workload.arguments;
  for (const WorkloadRun& run : results.runs) {
    report.workload.runs.push_back(summary_of(results.workload, run));
    add_notes(run.result, report.notes);
  }
}

} // namespace

Result<watch::RunResult> RuntimeRunner::attend(const watch::Container& container, const std::string& standard_input,
                                               const watch::Attendance& attendance) {
  KIF_TRY(const std::filesystem::path folder, m_workspace.make_folder());
  watch::Container writable = container;
  writable.bounds = m_bounds;
  writable.unconfined = m_unconfined;
  KIF_TRY(writable.writable, watch::make_writable_layer(folder, writable.root, m_bounds, m_workspace.host()));
  if (!writable.writable) {
    writable.read_only_root = true;
    writable.tmpfs = {"/tmp", "/run", "/var/tmp"};
  }
  auto result =
      watch::run_container(m_workspace, writable, {.standard_input = standard_input, .attendance = &attendance});
  remove_tree(folder);
  if (result && !writable.writable)
    result->notes.emplace_back("the image's own program could write to /tmp, /run and /var/tmp alone: this kernel "
                               "mounts no overlay for kif");
  return result;
}

Result<watch::RunResult> RuntimeRunner::run(const watch::Container& container, const std::string& standard_input,
                                            std::chrono::milliseconds timeout, int stop_fd) {
  watch::Container bounded = container;
  bounded.bounds = m_bounds;
  bounded.bounds.file_bytes = container.bounds.file_bytes;
  bounded.unconfined = m_unconfined;
  return watch::run_container(m_workspace, bounded,
                              {.standard_input = standard_input, .timeout = timeout, .stop_fd = stop_fd});
}

Result<Report> verify_live(const Subject& subject, Runner& runner, const LiveOptions& options) {
  Report report{.image = subject.image,
                .manifest_digest = subject.manifest_digest,
                .platform = subject.platform,
                .started_through = subject.starts_through_init() ? "kif-init" : "no entrypoint of kif's",
                .findings = {},
                .calls = {},
                .runs = {},
                .compat = subject.has_layer() ? compat_of(subject) : std::vector<std::string>(),
                .notes = subject.notes};
  LiveResults results;
  results.compat = report.compat;
  LiveRuns(subject, runner, options).run(results, report);
  report.findings = live_findings(results);
  const std::string not_run = reason_not_to_run(options);
  for (Finding& finding : not_run.empty() ? workload_findings(*results.workload) : findings_without_workload(not_run))
    report.findings.push_back(std::move(finding));
  for (Finding& finding : findings_at_rest(subject, options.certificates, options.today))
    report.findings.push_back(std::move(finding));
  if (subject.has_layer())
    report.findings.push_back(layer_origin(subject.root, options.probe.parent_path()));
  if (!options.post_quantum.empty())
    report.findings.push_back({.id = "LIVE-POST-QUANTUM",
                               .title = "named: under which certificate post-quantum algorithms count",
                               .outcome = Outcome::pass,
                               .kind = Kind::claimed,
                               .evidence = {options.post_quantum},
                               .essential = false});
  report.cryptography = subject.cryptography.files;
  report.calls = live_calls(results);
  report.workload.not_run = not_run;
  if (not_run.empty())
    add_workload(*results.workload, report);
  for (const ProbeRun& run : results.probe)
    add_notes(run.result, report.notes);
  if (const std::vector<std::string>& variables = subject.environment;
      std::ranges::find(variables, "KIF_CATCH_ALL=on") != variables.end())
    report.notes.emplace_back("KIF_CATCH_ALL=on is auto where kif's own filter is in the catch-all's place");
  return report;
}

} // namespace kif::verify
