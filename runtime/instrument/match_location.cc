#include "runtime/instrument/match_location.h"

#include <algorithm>
#include <iterator>

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
  const bool is_code =
      source.IsTokens(location.line, start, end) && line != nullptr && HasPlaceIn(given, *line);
  if (is_code || fits(given)) return given;
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

// Whether the instruction is code of an expression that only starts at these columns: it uses what
// is computed outside of them. A store is the exception: an initialisation starts with the
// variable.
bool IsOfLargerExpression(const Place& place, uint32_t line, Columns columns, bool is_callee) {
  if (place.kind != Place::Kind::kCode || llvm::isa<llvm::StoreInst>(place.code)) return false;
  const auto* call = llvm::dyn_cast<llvm::CallBase>(place.code);
  if (is_callee && call != nullptr && IsInside(call->getCalledOperand(), line, columns))
    return true;
  if (IsImplicitTest(place.code, line, columns)) return true;
  return std::any_of(place.code->op_begin(), place.code->op_end(), [&](const llvm::Value* operand) {
    const auto* instruction = llvm::dyn_cast<llvm::Instruction>(operand);
    if (instruction == nullptr || llvm::isa<llvm::AllocaInst>(instruction)) return false;
    const llvm::DILocation* loc = instruction->getDebugLoc().get();
    return loc != nullptr && loc->getLine() != 0 &&
           (!IsInside(instruction, line, columns) || IsImplicitTest(instruction, line, columns));
  });
}

std::vector<Place> PlacesIn(Columns columns, uint32_t line_number, const std::vector<Place>& line,
                            const SourceTokens* source) {
  const bool is_callee = source != nullptr && source->IsCallee(line_number, columns.end);
  std::vector<Place> inside, own;
  std::copy_if(line.begin(), line.end(), std::back_inserter(inside),
               [&](const Place& place) { return columns.Contain(place.column); });
  std::copy_if(inside.begin(), inside.end(), std::back_inserter(own), [&](const Place& place) {
    return !IsOfLargerExpression(place, line_number, columns, is_callee);
  });
  return own.empty() ? inside : own;
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
    if (!result.empty()) return result;
  }
  return {};
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
    return {kFarthest, EnclosingPlaces(location, {token.column, token.end()}, places, *source)};
  }
  const Columns columns = source != nullptr ? Aligned(location, *source, line)
                                            : Columns{location.col_start, location.col_end};
  if (line != nullptr && IsEntry(columns, *line)) return {kAtEntry, {line->front()}};
  if (line != nullptr && HasPlaceIn(columns, *line)) {
    return {kInside, PlacesIn(columns, location.line, *line, source)};
  }
  if (source != nullptr) {
    std::vector<Place> enclosing = EnclosingPlaces(location, columns, places, *source);
    if (!enclosing.empty()) return {kEnclosing, std::move(enclosing)};
  }
  return line != nullptr ? Nearest(columns, *line) : LocationPlaces{};
}

}  // namespace flowmon
