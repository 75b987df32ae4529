// Compiles small programs with flow-cc, runs them and reads what they reported.
//
// The programs in programs/ carry their database and its expected outcome as marks at line ends:
//
//     n = read(0, buf, 4);  //! SOURCE 1 `read` "0123"
//
// a location of that kind and id, the columns of the quoted text's first occurrence on the line,
// and what must be reported there, successive reports joined by " then ":
//     "text"      these bytes (\n, \0, \7 and the like are understood)
//     i32:5       a number by value; also i1, i8, i16, i64 and f64
//     pointer     a pointer by value, whatever it is
// A label in brackets behind the id, [index], chooses the data. For intermediates: hits:N, or
// outside (of the map). For all: ~ in front demands an approximate match instead of an exact one,
// and "missing" that the location is not instrumented.

#ifndef FLOWMON_TEST_INSTRUMENT_FLOW_CC_HARNESS_H_
#define FLOWMON_TEST_INSTRUMENT_FLOW_CC_HARNESS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "flowdb/flowdb.h"
#include "runtime/flow_shm.h"
#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon::test {

// The clangs that are tested: the oldest and the newest of those that the pass is built for.
inline constexpr const char* kClangs[] = {"clang-14", "clang-19"};

struct Mark {
  LocationKind kind = LocationKind::kSource;
  uint32_t id = 0;
  uint32_t line = 0, col_start = 0, col_end = 0;
  std::string label;  // of the key `data`
  bool exact = true;
  bool missing = false;
  std::vector<std::string> values;
};

// `defines` as in -D: lines between #ifdef and #endif count only where they apply.
std::vector<Mark> ReadMarks(const std::string& source,
                            const std::vector<std::string>& defines = {});
// With one flow over all of it.
std::string FlowDbOf(const std::vector<Mark>& marks, const std::string& file_name);

// The bytes of a mark's value; empty and *any set for "pointer".
std::string BytesOf(const std::string& value, bool* any);

struct Trace {
  std::vector<flow_event> events;
  std::vector<uint64_t> tallies;      // flow_shm.h
  std::map<uint32_t, unsigned> hits;  // of the ids that were hit
  uint32_t uncounted = 0;
};

// What all processes together have reported into their files in `directory`.
Trace ReadTrace(const std::string& directory);

// A directory to build in, and flow-cc with a backend.
class Workshop {
 public:
  explicit Workshop(std::string backend = "clang-14") : backend_(std::move(backend)) {}

  std::string Path(const std::string& name) const { return dir_ / name; }
  void Write(const std::string& name, const std::string& text) const {
    WriteFile(Path(name), text);
  }
  void set_database(const std::string& path) { database_ = path; }
  // In the directory, which is also the working directory.
  Ended FlowCc(const std::vector<std::string>& args,
               const std::map<std::string, std::string>& environment = {},
               const std::string& input = "") const;
  Ended FlowCxx(const std::vector<std::string>& args,
                const std::map<std::string, std::string>& environment = {}) const;
  // Runs a program made there, which must end with 0, and takes its files away.
  Trace RunTraced(const std::string& name, const std::string& input = "",
                  const std::vector<std::string>& args = {}) const;

 private:
  Ended Compile(const std::string& compiler, const std::vector<std::string>& args,
                const std::map<std::string, std::string>& environment,
                const std::string& input) const;

  TempDir dir_;
  std::string backend_;
  std::string database_;
};

std::string ProgramSource(const std::string& name);  // the path of programs/<name>

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_INSTRUMENT_FLOW_CC_HARNESS_H_
