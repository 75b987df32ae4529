// flow-cc and flow-c++: drop-in compilers that add flowmon's pass, its runtime and a report of what
// was instrumented to the compiler behind them (doc/INSTRUMENT.md).
//
// They find the rest of the installation beside them: ../lib and ../include.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "flowdb/reader.h"
#include "runtime/instrument/cc_args.h"
#include "runtime/instrument/cc_backend.h"
#include "runtime/instrument/elf_section.h"
#include "runtime/instrument/match_report.h"

namespace flowmon {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxListed = 20;

// Set for the pass to 0 where counters must stay calls, because passes that count edges are yet to
// run, and to 1 where no such pass can follow, not even in link-time optimisation.
constexpr char kInlineHitsVariable[] = "FLOW_INLINE_HITS";

// Exported by whatever is linked, so that a program and the libraries that it loads share one
// runtime.
constexpr const char* kRuntimeSymbols[] = {
    "flow_report_source",      "flow_report_sink", "flow_report_source_string",
    "flow_report_sink_string", "df_coverage_hit",  "df_coverage_map",
    "df_coverage_size",        "flow_tallies",     "__wrap___afl_persistent_loop"};

// From this version on, clang's optimised builds start with a pass ("assignment tracking") that
// turns declarations into records without columns. It comes before ours, and cannot be overtaken.
constexpr int kFirstClangThatTracksAssignments = 16;

void Say(const std::string& line) { std::fprintf(stderr, "flow-cc: %s\n", line.c_str()); }

std::string Env(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Reports go to FLOW_REPORT, a file or a directory, else beside the program.
std::string ReportPath(const std::string& output) {
  std::string chosen = Env("FLOW_REPORT");
  std::error_code ignored;
  if (chosen.empty()) return output + ".flowreport.json";
  if (!fs::is_directory(chosen, ignored)) return chosen;
  return fs::path(chosen) / (fs::path(output).filename().string() + ".flowreport.json");
}

// A build must not fail for want of a report: what is wrong is said, nothing more.
void Report(const CcRequest& request, const std::string& db_path) {
  std::error_code error;
  if (!fs::is_regular_file(request.output, error)) return;  // -o /dev/null
  const absl::StatusOr<FlowDbFile> db = ReadFlowDb(db_path);
  const absl::StatusOr<std::string> section = ReadElfSection(request.output, kMatchNotesSection);
  if (!db.ok()) return Say(absl::StrCat("no report: ", db.status().message()));
  if (!section.ok()) return Say(absl::StrCat("no report: ", section.status().message()));
  const absl::StatusOr<std::vector<ObjectNotes>> notes = ParseMatchNotes(*section);
  if (!notes.ok()) {
    return Say(absl::StrCat("no report: ", request.output, ": ", notes.status().message()));
  }
  const MatchReport report =
      MakeMatchReport(*db, db_path, fs::absolute(request.output, error).string(), *notes);
  if (request.is_probe && !report.has_code) return;

  const std::string path = ReportPath(request.output);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << MatchReportJson(report, db->db);
  file.close();
  for (const std::string& line : SummarizeMatchReport(report, db->db, kMaxListed, path)) Say(line);
  if (db->num_warnings != 0) {
    Say(absl::StrCat("warning: ", db_path, " has ", db->num_warnings,
                     " lines that are not used as written: see flowmon flowdb lint"));
  }
  if (file.fail()) Say(absl::StrCat("cannot write the report ", path, ": ", std::strerror(errno)));
}

std::vector<char*> Pointers(std::vector<std::string>& args) {
  std::vector<char*> pointers;
  pointers.reserve(args.size() + 1);
  for (std::string& arg : args) pointers.push_back(arg.data());
  pointers.push_back(nullptr);
  return pointers;
}

// As a shell has it: 128 + the signal's number for a program that died of one.
constexpr int kDiedOfSignal = 128;

int RunAndWait(std::vector<std::string>& command) {
  pid_t pid = 0;
  const int error =
      posix_spawnp(&pid, command[0].c_str(), nullptr, nullptr, Pointers(command).data(), environ);
  if (error != 0) {
    Say(absl::StrCat("cannot run ", command[0], ": ", std::strerror(error)));
    return 1;
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kDiedOfSignal + WTERMSIG(status);
}

// Where the derived database goes: FLOW_DERIVE, a file or a directory for one per program.
std::string DerivedPath(const std::string& derive, const std::string& output) {
  std::error_code ignored;
  if (!fs::is_directory(derive, ignored)) return derive;
  return fs::path(derive) / (fs::path(output).filename().string() + ".flowdb");
}

// As with the report, a build does not fail for want of a database: flow-derive says what is wrong.
void Derive(const CcRequest& request, const std::string& derive, const fs::path& deriver) {
  std::error_code error;
  if (request.is_probe || !fs::is_regular_file(request.output, error)) return;
  std::vector<std::string> command = {
      deriver, "--caller", "flow-cc", "-o", DerivedPath(derive, request.output), request.output};
  const int status = RunAndWait(command);
  if (status > kDiedOfSignal) {
    const int signal = status - kDiedOfSignal;
    Say(absl::StrCat("no flows were derived from ", request.output, ": ",
                     deriver.filename().string(), " died of signal ", signal, " (",
                     strsignal(signal), "), which is a bug unless it was killed: report it with ",
                     "the command ", absl::StrJoin(command, " ")));
  } else if (status != 0) {
    Say(absl::StrCat("no flows were derived from ", request.output));
  }
}

// The database's absolute name, also put into FLOW_DB for the pass. Empty without a database.
absl::StatusOr<std::string> FindDatabase() {
  const std::string given = Env("FLOW_DB");
  if (given.empty()) return given;
  std::error_code error;
  const std::string path = fs::canonical(given, error);
  if (error || access(path.c_str(), R_OK) != 0) {
    return absl::NotFoundError(absl::StrCat("FLOW_DB=", given, " cannot be read (",
                                            error ? error.message() : std::strerror(errno),
                                            "): give the name of a .flowdb file"));
  }
  setenv("FLOW_DB", path.c_str(), 1);
  return path;
}

// `args` with what flowmon adds.
std::vector<std::string> Command(const std::string& backend, const std::vector<std::string>& args,
                                 const CcRequest& request, const fs::path& prefix, int version,
                                 const std::string& pass) {
  std::vector<std::string> added;
  if (request.compiles) {
    added.insert(added.end(), {"-idirafter", prefix / "include"});
    if (!pass.empty()) {
      added.push_back("-fpass-plugin=" + pass);
      if (version >= kFirstClangThatTracksAssignments) {
        added.insert(added.end(), {"-Xclang", "-fexperimental-assignment-tracking=disabled"});
      }
      if (!request.has_debug) added.emplace_back("-g");
      if (request.hides_columns) added.emplace_back("-gcolumn-info");
    }
  }
  // Through the linker's options: a plain argument would be subject to an earlier -x.
  if (request.links) {
    added.insert(added.end(), {"-Xlinker", prefix / "lib" / "libflow_runtime.a"});
    added.insert(added.end(), {"-Xlinker", "--wrap=__afl_persistent_loop"});
    for (const char* symbol : kRuntimeSymbols) {
      added.insert(added.end(), {"-Xlinker", absl::StrCat("--export-dynamic-symbol=", symbol)});
    }
  }
  std::vector<std::string> command = {backend};
  const auto end_of_options = args.begin() + static_cast<std::ptrdiff_t>(request.end_of_options);
  command.insert(command.end(), args.begin(), end_of_options);
  command.insert(command.end(), added.begin(), added.end());
  command.insert(command.end(), end_of_options, args.end());
  return command;
}

int Main(int argc, char** argv) {
  const std::vector<std::string> args(argv + std::min(argc, 1), argv + argc);
  const bool is_cxx =
      argc > 0 && fs::path(argv[0]).filename().string().find("++") != std::string::npos;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    Say(absl::StrCat("cannot find its own installation, /proc/self/exe: ", error.message()));
    return 1;
  }
  const fs::path prefix = self.parent_path().parent_path();
  const absl::StatusOr<std::string> db = FindDatabase();
  const absl::StatusOr<std::string> backend =
      ChooseBackend(is_cxx, std::getenv("FLOW_CC_BACKEND"), std::getenv("FLOW_CXX_BACKEND"));
  for (const absl::Status& status : {db.status(), backend.status()}) {
    if (status.ok()) continue;
    Say(std::string(status.message()));
    return 1;
  }
  const std::string lib_dir = prefix / "lib";
  const absl::StatusOr<int> version = CheckBackend(*backend, PassVersions(lib_dir));
  if (!version.ok()) {
    Say(std::string(version.status().message()));
    return 1;
  }

  const CcRequest request = AnalyzeCcArgs(args, fs::current_path(error).string());
  if (Env(kInlineHitsVariable).empty()) {
    const bool counts_edges_later = request.has_clang_coverage ||
                                    Env("AFL_LLVM_INSTRUMENT").find("NATIVE") != std::string::npos;
    if (counts_edges_later) {
      setenv(kInlineHitsVariable, "0", 1);
    } else if (IsPlainClang(*backend)) {
      setenv(kInlineHitsVariable, "1", 1);
    }
  }
  const std::string derive = Env("FLOW_DERIVE");
  if (!derive.empty() && !db->empty()) {
    Say("FLOW_DERIVE and FLOW_DB are both set: first derive, without FLOW_DB, then instrument with "
        "the database that came out, without FLOW_DERIVE");
    return 1;
  }
  const bool is_plain = db->empty() && derive.empty();
  const std::string pass = is_plain ? "" : PassPath(lib_dir, *version);
  std::vector<std::string> command = Command(*backend, args, request, prefix, *version, pass);
  if (request.links && is_plain && !request.is_probe) {
    Say(absl::StrCat("FLOW_DB is not set: nothing of ", request.output,
                     " is instrumented for dataflows by this command"));
  }
  if (!request.links || is_plain) {
    execvp(command[0].c_str(), Pointers(command).data());
    Say(absl::StrCat("cannot run ", command[0], ": ", std::strerror(errno)));
    return 1;
  }
  const int status = RunAndWait(command);
  if (status != 0) return status;
  if (derive.empty()) {
    Report(request, *db);
  } else {
    Derive(request, derive, prefix / "bin" / absl::StrCat("flow-derive-", *version));
  }
  return status;
}

}  // namespace
}  // namespace flowmon

int main(int argc, char** argv) { return flowmon::Main(argc, argv); }
