#include "tools/doctor/check_program.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_split.h"
#include "flowdb/str_cat.h"
#include "runtime/instrument/elf_section.h"
#include "tools/doctor/shell.h"

namespace flowmon::doctor {
namespace {

// What afl-fuzz itself looks for in a target. Our runtime has the first one, too; the second one is
// only in AFL++'s.
constexpr char kAflSignature[] = "__AFL_SHM_ID";
constexpr char kAflRuntime[] = "__AFL_CMPLOG_SHM_ID";
constexpr char kPersistentSignature[] = "##SIG_AFL_PERSISTENT##";
constexpr char kMarkedLoop[] = "flow_persistent.c";  // a symbol, of the object that marks rounds
constexpr char kRuntimeNote[] = ".note.flowmon";

bool HasSection(const std::string& path, const char* name) {
  const absl::StatusOr<std::string> section = ReadElfSection(path, name);
  return section.ok() && !section->empty();
}

void AddNotes(const std::string& path, Program& program, Checks& checks) {
  program.has_runtime = program.has_runtime || HasSection(path, kRuntimeNote);
  absl::StatusOr<std::vector<ObjectNotes>> notes = ReadProgramNotes(path);
  if (!notes.ok()) {
    checks.push_back(
        {Level::kProblem, "target", std::string(notes.status().message()), "Build it again."});
    return;
  }
  std::move(notes->begin(), notes->end(), std::back_inserter(program.notes));
}

// By the loader, which lists them instead of running a program that asks for it.
std::vector<std::string> LinkedLibraries(const std::string& path) {
  std::vector<std::string> libraries;
  if (!HasSection(path, ".interp")) return libraries;
  const std::string output = OutputOf("LD_TRACE_LOADED_OBJECTS=1", path, "");
  for (const absl::string_view line : absl::StrSplit(output, '\n')) {
    const size_t arrow = line.find("=> "), end = line.rfind(" (0x");
    const size_t begin =
        arrow == absl::string_view::npos ? line.find_first_not_of("\t ") : arrow + 3;
    if (end != absl::string_view::npos && begin < end)
      libraries.emplace_back(line.substr(begin, end - begin));
  }
  return libraries;
}

// Nothing if it is neither a program nor a script.
std::optional<Program> Examine(const std::string& path, Checks& checks) {
  std::ifstream file(path, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
  Program program;
  program.path = path;
  program.is_script = content.starts_with("#!");
  if (program.is_script) return program;
  if (!content.starts_with("\x7f"
                           "ELF"))
    return std::nullopt;
  const auto has = [&](const char* text) { return content.find(text) != std::string::npos; };
  program.is_persistent = has(kPersistentSignature);
  const bool is_stripped = !HasSection(path, ".symtab");
  program.marks_rounds = is_stripped || has(kMarkedLoop);
  AddNotes(path, program, checks);
  program.has_afl = has(kAflRuntime) || (has(kAflSignature) && !program.has_runtime);
  for (const std::string& library : LinkedLibraries(path))
    if (HasSection(library, kMatchNotesSection)) AddNotes(library, program, checks);
  return program;
}

// "" or why it cannot be run.
std::string WhyNotExecutable(const std::string& path) {
  struct stat info;
  if (path.empty() || stat(path.c_str(), &info) != 0) return "is not there";
  if (!S_ISREG(info.st_mode)) return "is no file";
  return access(path.c_str(), X_OK) == 0 ? "" : "is not executable";
}

// Where the command line names a wrapper: the argument that flow-cc built.
std::optional<Program> Wrapped(const std::vector<std::string>& argv) {
  for (size_t i = 1; i < argv.size(); ++i) {
    const std::string path = FindInPath(argv[i]);
    if (!WhyNotExecutable(path).empty()) continue;
    Checks unused;
    std::optional<Program> program = Examine(path, unused);
    if (program && program->is_instrumented()) return program;
  }
  return std::nullopt;
}

void CheckAfl(const Program& program, Checks& checks) {
  if (!program.has_afl) {
    checks.push_back({Level::kProblem, "AFL++",
                      StrCat(program.path, " was not built by an AFL++ compiler"),
                      "Build it with flow-cc, which runs afl-clang-fast unless FLOW_CC_BACKEND "
                      "names another compiler."});
    return;
  }
  if (!program.is_persistent) {
    checks.push_back({Level::kOk, "AFL++", "instrumented, one process per input (fork mode)", ""});
  } else if (program.marks_rounds) {
    checks.push_back({Level::kOk, "AFL++", "instrumented, with a persistent loop", ""});
  } else {
    checks.push_back({Level::kWarning, "AFL++",
                      "instrumented, with a persistent loop whose rounds are not marked: AFL++ "
                      "before 4.09c cannot tell them apart for sure",
                      "Link with flow-cc, or with -Wl,--wrap=__afl_persistent_loop."});
  }
}

}  // namespace

std::optional<Program> CheckProgram(const std::vector<std::string>& argv, Checks& checks) {
  const std::string path = FindInPath(argv[0]);
  if (const std::string why = WhyNotExecutable(path); !why.empty()) {
    checks.push_back({Level::kProblem, "target", StrCat(path.empty() ? argv[0] : path, " ", why),
                      "Give the target behind --, as for afl-fuzz."});
    return std::nullopt;
  }
  std::optional<Program> program = Examine(path, checks);
  if (!program) {
    checks.push_back({Level::kProblem, "target", StrCat(path, " is no ELF program"),
                      "Give a program for this machine, built with flow-cc."});
    return std::nullopt;
  }
  if (program->is_script)
    checks.push_back({Level::kProblem, "target",
                      StrCat(path, " is a script, which afl-fuzz does not run"),
                      "Give the program that it starts."});
  if (!program->is_instrumented()) {
    std::optional<Program> wrapped = Wrapped(argv);
    if (wrapped) {
      checks.push_back({Level::kWarning, "target",
                        StrCat(path, " is a wrapper around ", wrapped->path),
                        "Give the program itself, and what it needs by the environment."});
      program = std::move(wrapped);
    }
  }
  if (program->is_script) return program;
  CheckAfl(*program, checks);
  if (!program->has_runtime && !program->notes.empty()) {
    checks.push_back({Level::kProblem, "flow-cc",
                      StrCat(program->path,
                             " was compiled by flow-cc, but has no location of the "
                             "database, and so not its runtime"),
                      "See below for the reasons."});
  } else if (!program->has_runtime) {
    checks.push_back({Level::kProblem, "flow-cc",
                      StrCat(program->path, " has nothing of flow-cc in it"),
                      "Build it from scratch with CC=flow-cc, CXX=flow-c++ and FLOW_DB set."});
  } else if (program->notes.empty()) {
    checks.push_back({Level::kWarning, "flow-cc",
                      StrCat(program->path,
                             " has the runtime, but no object was compiled with a database: "
                             "only what it reports by hand (flowmon.h) is seen"),
                      "Set FLOW_DB and compile from scratch, unless that is what you want."});
  } else {
    checks.push_back(
        {Level::kOk, "flow-cc",
         StrCat(program->notes.size(), program->notes.size() == 1 ? " object" : " objects",
                " compiled with a database"),
         ""});
  }
  return program;
}

}  // namespace flowmon::doctor
