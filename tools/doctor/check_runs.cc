#include "tools/doctor/check_runs.h"

#include <algorithm>
#include <set>

#include "flowdb/str_cat.h"
#include "plugin/correlator.h"

namespace flowmon::doctor {
namespace {

void CheckAttached(const TargetRunner& runner, const Expectations& expectations, Checks& checks) {
  if (runner.has_mapped_session()) {
    checks.push_back({Level::kOk, "attach", "the target has mapped the session", ""});
  } else if (runner.has_made_files()) {
    checks.push_back({Level::kWarning, "attach",
                      "the target reports into files, not into the session: it could not map it",
                      "See doc/SHM.md for what keeps it from that; records are the same, at less "
                      "speed."});
  } else if (expectations.is_script) {
    checks.push_back({Level::kProblem, "attach", "nothing that the script starts has attached",
                      "Pass the environment on to the target in it, or give the target itself."});
  } else if (expectations.is_instrumented) {
    checks.push_back({Level::kProblem, "attach",
                      "the target is instrumented, and has not attached: its environment "
                      "(FLOWMON_SESSION, FLOWMON_PLUGIN) does not reach it",
                      "Let whatever starts it pass its environment on."});
  }
}

}  // namespace

std::vector<SeedRun> RunSeeds(TargetRunner& runner, const FlowDb& db,
                              const std::vector<std::string>& inputs, size_t max_events,
                              const std::function<void(const SeedRun&)>& on_run, Checks& checks) {
  Correlator correlator(db, 0);
  std::vector<SeedRun> runs;
  for (const std::string& input : inputs) {
    const absl::StatusOr<TargetRun> run = runner.Run(input);
    if (!run.ok()) {
      checks.push_back({Level::kProblem, "run", std::string(run.status().message()),
                        "Give the target and its arguments behind --, as for afl-fuzz."});
      return runs;
    }
    const Execution& execution = run->execution;
    SeedRun& seed = runs.emplace_back();
    seed.input = input;
    seed.end = DescribeEnd(*run);
    seed.crashed = run->crashed();
    seed.timed_out = run->timed_out;
    seed.num_events = execution.events_produced;
    seed.num_intermediates = execution.hits.size();
    for (const CompletedFlow& flow : correlator.Correlate(execution).flows)
      seed.completed.push_back(db.flow(flow.flow).id);
    const size_t kept = std::min(max_events, execution.events.size());
    seed.first_events.assign(execution.events.begin(),
                             execution.events.begin() + static_cast<ptrdiff_t>(kept));
    max_events -= kept;
    on_run(seed);
  }
  return runs;
}

void CheckRuns(const TargetRunner& runner, uint64_t flowdb_hash, const std::vector<SeedRun>& runs,
               const Expectations& expectations, Checks& checks) {
  if (runs.empty()) return;
  CheckAttached(runner, expectations, checks);
  const DatabaseFit fit = runner.CompareDatabase(flowdb_hash);
  if (fit != DatabaseFit::kNoDifference)
    checks.push_back({Level::kProblem, "database",
                      fit == DatabaseFit::kSeveral
                          ? "the running target has objects of several databases"
                          : "the running target was compiled with another database",
                      "Compile it, and its libraries, from scratch with one database."});
  const auto count = [&](auto member) {
    return static_cast<size_t>(std::count_if(runs.begin(), runs.end(), member));
  };
  if (const size_t crashed = count([](const SeedRun& run) { return run.crashed; }))
    checks.push_back({Level::kWarning, "run",
                      StrCat(crashed, " of ", runs.size(), " inputs crash the target"),
                      "Remove them: afl-fuzz does not start from inputs that crash."});
  if (const size_t slow = count([](const SeedRun& run) { return run.timed_out; }))
    checks.push_back({Level::kWarning, "run", StrCat(slow, " of ", runs.size(), " inputs time out"),
                      "Give the target more time with -t, or remove them."});
  if (!runner.is_attached()) return;
  const size_t with_events = count([](const SeedRun& run) { return run.num_events != 0; });
  const size_t with_hits = count([](const SeedRun& run) { return run.num_intermediates != 0; });
  std::set<uint32_t> completed;
  for (const SeedRun& run : runs) completed.insert(run.completed.begin(), run.completed.end());
  const std::string inputs =
      !expectations.has_seeds ? "the empty input" : StrCat("any of ", runs.size(), " inputs");
  if (with_events == 0) {
    checks.push_back(
        {expectations.has_seeds ? Level::kProblem : Level::kWarning, "reached",
         StrCat("no source and no sink was reached with ", inputs,
                with_hits != 0 ? ", only intermediates" : ""),
         expectations.has_seeds
             ? "Check that the inputs get past the target's first checks, and that the database "
               "describes what it does with them."
             : "Give the seeds with -i."});
  } else if (completed.empty()) {
    checks.push_back({Level::kWarning, "reached",
                      StrCat("events came, but no flow is complete with ", inputs),
                      expectations.has_seeds ? "Fuzz, or add seeds that go further."
                                             : "Give the seeds with -i."});
  } else {
    checks.push_back(
        {Level::kOk, "reached",
         StrCat(completed.size(), completed.size() == 1 ? " flow is" : " flows are", " complete"),
         ""});
  }
}

}  // namespace flowmon::doctor
