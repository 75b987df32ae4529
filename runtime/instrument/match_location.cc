#include "runtime/instrument/match_location.h"

#include <algorithm>
#include <iterator>

#include "absl/container/flat_hash_set.h"
#include "runtime/instrument/enclosing_code.h"

namespace flowmon {
namespace {

struct Columns {
  uint32_t start, end;
  bool Contain(uint32_t column) const { return start <= column && column <= end; }
};

// A function's entry stands for everything on its line in front of the other places: the debug
// information gives no column for a function's name.
bool IsEntry(Columns columns, const std::vector<Place>& line) {
  return line.front().kind == Place::Kind::kEntry &&
         std::all_of(line.begin() + 1, line.end(),
                     [&](const Place& place) { return place.column > columns.end; });
}

bool HasPlaceIn(Columns columns, const std::vector<Place>& line) {
  return std::any_of(line.begin(), line.end(),
                     [&](const Place& place) { return columns.Contain(place.column); });
}

// Analysers disagree on whether columns count from 0 or 1 and whether the end is included. Where
// the columns cut through the text, the nearest ones that do not are meant.
Columns Aligned(const Location& location, const SourceTokens& source,
                const std::vector<Place>* line) {
  const uint32_t start = location.col_start, end = location.col_end;
  const auto fits = [&](Columns columns) {
    return columns.start > 0 && columns.start <= columns.end &&
           source.IsExpression(location.line, columns.start, columns.end);
  };
  const Columns given = {start, end};
  const bool is_operator =
      source.IsToken(location.line, start, end) && line != nullptr && HasPlaceIn(given, *line);
  if (is_operator || fits(given)) return given;
  for (const Columns& other : {Columns{start - 1, end - 1}, Columns{start + 1, end + 1},
                               Columns{start, end - 1}, Columns{start - 1, end}}) {
    if (fits(other)) return other;
  }
  return given;
}

bool IsInside(const llvm::Value* value, uint32_t line, Columns columns) {
  const auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  const llvm::DILocation* loc = instruction != nullptr ? instruction->getDebugLoc().get() : nullptr;
  return loc != nullptr && loc->getLine() == line && columns.Contain(loc->getColumn());
}

// `x` as a condition: it has the column of `x`, where no comparison that somebody wrote can be.
bool IsImplicitTest(const llvm::Value* value, uint32_t line, Columns columns) {
  const auto* test = llvm::dyn_cast<llvm::CmpInst>(value);
  return test != nullptr && IsInside(test, line, {columns.start, columns.start}) &&
         IsInside(test->getOperand(0), line, columns) &&
         llvm::isa<llvm::Constant>(test->getOperand(1)) &&
         llvm::cast<llvm::Constant>(test->getOperand(1))->isZeroValue();
}

// Tells the code of what these columns name from that of a larger expression which only starts
// there: the latter uses what is computed outside of them.
class OwnCode {
 public:
  OwnCode(uint32_t line, Columns columns, bool is_callee)
      : line_(line), columns_(columns), is_callee_(is_callee) {}

  // To be asked in program order.
  bool Contains(const Place& place) {
    // A store is the exception: an initialisation starts with the variable.
    if (place.kind != Place::Kind::kCode || llvm::isa<llvm::StoreInst>(place.code)) return true;
    const auto* call = llvm::dyn_cast<llvm::CallBase>(place.code);
    const bool is_other =
        llvm::isa<llvm::BranchInst, llvm::SwitchInst>(place.code) ||
        IsImplicitTest(place.code, line_, columns_) ||
        (is_callee_ && call != nullptr && IsInside(call->getCalledOperand(), line_, columns_)) ||
        std::any_of(place.code->op_begin(), place.code->op_end(),
                    [&](const llvm::Value* operand) { return IsOther(operand); });
    if (is_other) others_.insert(place.code);
    return !is_other;
  }

 private:
  bool IsOther(const llvm::Value* value) const {
    const auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
    if (instruction == nullptr || llvm::isa<llvm::AllocaInst>(instruction)) return false;
    const llvm::DILocation* loc = instruction->getDebugLoc().get();
    if (loc == nullptr || loc->getLine() == 0) return false;
    return others_.contains(instruction) || loc->getLine() > line_ ||
           (loc->getLine() == line_ && loc->getColumn() > columns_.end);
  }

  uint32_t line_;
  Columns columns_;
  bool is_callee_;
  absl::flat_hash_set<const llvm::Instruction*> others_;
};

LocationPlaces PlacesIn(Columns columns, uint32_t line_number, const std::vector<Place>& line,
                        const SourceTokens* source) {
  std::vector<Place> inside, own;
  std::copy_if(line.begin(), line.end(), std::back_inserter(inside),
               [&](const Place& place) { return columns.Contain(place.column); });
  const bool is_callee = source != nullptr && source->IsCallee(line_number, columns.end);
  const bool is_name =
      is_callee && std::any_of(inside.begin(), inside.end(), [](const Place& place) {
        const auto* call =
            place.kind == Place::Kind::kCode ? llvm::dyn_cast<llvm::CallBase>(place.code) : nullptr;
        return call != nullptr && call->getCalledFunction() != nullptr;
      });
  if (is_name) return {kInside, std::move(inside)};
  OwnCode own_code(line_number, columns, is_callee);
  std::copy_if(inside.begin(), inside.end(), std::back_inserter(own),
               [&](const Place& place) { return own_code.Contains(place); });
  const bool has_code = std::any_of(
      own.begin(), own.end(), [](const Place& place) { return place.kind == Place::Kind::kCode; });
  return {kInside, has_code ? std::move(own) : std::move(inside), has_code};
}

std::vector<Place> EnclosingPlaces(const Location& location, Columns columns,
                                   const PlacesByLine& places, const SourceTokens& source) {
  for (const CodePosition& position :
       EnclosingPositions(source, location.line, columns.start, columns.end)) {
    const auto line = places.find(position.line);
    if (line == places.end()) continue;
    std::vector<Place> result;
    std::copy_if(line->second.begin(), line->second.end(), std::back_inserter(result),
                 [&](const Place& place) {
                   return place.kind == Place::Kind::kCode && place.column == position.column;
                 });
    const bool has_call = std::any_of(result.begin(), result.end(), [](const Place& place) {
      return llvm::isa<llvm::CallBase>(place.code);
    });
    if (!result.empty() && (has_call || !position.of_call)) return result;
  }
  return {};
}

// What is assigned to has its code, the store, at the operator behind it.
std::vector<Place> AssignmentTo(const Location& location, Columns columns,
                                const PlacesByLine& places, const SourceTokens& source) {
  const SourceTokens::Token* sign = source.AssignmentTo(location.line, columns.start, columns.end);
  const auto line = sign != nullptr ? places.find(sign->line) : places.end();
  std::vector<Place> result;
  if (line == places.end()) return result;
  std::copy_if(line->second.begin(), line->second.end(), std::back_inserter(result),
               [&](const Place& place) {
                 return place.kind == Place::Kind::kCode && place.column == sign->column;
               });
  const bool has_store = std::any_of(result.begin(), result.end(), [](const Place& place) {
    return llvm::isa<llvm::StoreInst>(place.code);
  });
  return has_store ? result : std::vector<Place>();
}

LocationPlaces Nearest(Columns columns, const std::vector<Place>& line) {
  const auto distance = [&](const Place& place) -> Distance {
    if (place.column == 0) return kFarthest;
    const uint32_t gap =
        place.column < columns.start ? columns.start - place.column : place.column - columns.end;
    return kEnclosing + gap;
  };
  LocationPlaces result;
  for (const Place& place : line) result.distance = std::min(result.distance, distance(place));
  std::copy_if(line.begin(), line.end(), std::back_inserter(result.places),
               [&](const Place& place) { return distance(place) == result.distance; });
  return result;
}

}  // namespace

LocationPlaces MatchLocation(const Location& location, const PlacesByLine& places,
                             const SourceTokens* source) {
  const auto at_line = places.find(location.line);
  const std::vector<Place>* line = at_line == places.end() ? nullptr : &at_line->second;
  if (location.col_start == 0) {
    if (line != nullptr) return {kInside, *line};
    const auto first = source != nullptr ? source->Find(location.line, 1, kFarthest) : std::nullopt;
    if (!first.has_value()) return {};
    const SourceTokens::Token& token = source->tokens()[first->first];
    return {kEnclosing, EnclosingPlaces(location, {token.column, token.end()}, places, *source)};
  }
  const Columns columns = source != nullptr ? Aligned(location, *source, line)
                                            : Columns{location.col_start, location.col_end};
  if (line != nullptr && IsEntry(columns, *line)) return {kAtEntry, {line->front()}};
  if (source != nullptr) {
    std::vector<Place> assignment = AssignmentTo(location, columns, places, *source);
    if (!assignment.empty()) return {kInside, std::move(assignment)};
  }
  if (line != nullptr && HasPlaceIn(columns, *line)) {
    return PlacesIn(columns, location.line, *line, source);
  }
  if (source != nullptr) {
    std::vector<Place> enclosing = EnclosingPlaces(location, columns, places, *source);
    if (!enclosing.empty()) return {kEnclosing, std::move(enclosing)};
  }
  return line != nullptr ? Nearest(columns, *line) : LocationPlaces{};
}

}  // namespace flowmon
