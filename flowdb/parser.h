// Turns the lines of a .flowdb into a FlowDb and warnings: the part of reader.h that knows the
// records.
//
// Used by reader.cc only.

#ifndef FLOWMON_FLOWDB_PARSER_H_
#define FLOWMON_FLOWDB_PARSER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flowdb/flowdb.h"
#include "flowdb/reader.h"

namespace flowmon {

// Single use. `text` must outlive the parser and is not referred to afterwards.
class FlowDbParser {
 public:
  explicit FlowDbParser(std::string_view text) : text_(text) {}

  // Never fails. A database without flows gets a warning of line 0 that says why; it is the first.
  // Leaves content_hash to the caller.
  FlowDbFile Parse();

 private:
  struct Line {
    uint32_t number;
    std::string_view text;
  };
  // METADATA that tells how many records of a kind there should be.
  struct ExpectedCount {
    Line line;
    std::string_view what;  // "sources", ...
    uint32_t count;
  };

  void ParseLines();
  void ParseLine(const Line& line);
  void ParseMetadata(const Line& line, std::optional<std::string_view> rest);
  void ParseLocation(const Line& line, LocationKind kind, std::optional<std::string_view> rest);
  void ParseFlow(const Line& line);
  void ParseLabel(const Line& line);
  // The part of ParseFlow() from the '[' on: into intermediates_, and `description`.
  bool ParsePath(const Line& line, std::string_view text, std::string_view& description);
  void CheckCounts();
  void ExplainNoFlows();

  // Each warns and returns false if the field is not as it must be.
  bool ReadNumber(const Line& line, std::string_view what, std::string_view field, uint32_t& value);
  bool ReadText(const Line& line, std::string_view what, std::string_view field,
                std::string& value);
  // Warns of what it has to correct.
  void SetColumns(const Line& line, uint32_t start, uint32_t end, Location& location);
  void WarnRefusedFlow(const Line& line, uint32_t id, uint32_t source_id, uint32_t sink_id);
  size_t CountOf(std::string_view what) const;

  void Warn(const Line& line, std::string message);
  // The next pass over the lines may keep kMaxFlowDbWarnings of its own; Parse() merges them.
  void StartPass() { warning_limit_ = file_.warnings.size() + kMaxFlowDbWarnings; }

  const std::string_view text_;
  FlowDbFile file_;
  size_t warning_limit_ = kMaxFlowDbWarnings;
  bool has_nul_ = false;
  std::vector<Line> flow_lines_;   // parsed later: a flow may come before its locations,
  std::vector<Line> label_lines_;  // and a label before its record
  std::vector<ExpectedCount> expected_counts_;
  std::vector<uint32_t> intermediates_;  // of the current flow, kept for its capacity
  std::string unquoted_;                 // likewise
};

}  // namespace flowmon

#endif  // FLOWMON_FLOWDB_PARSER_H_
