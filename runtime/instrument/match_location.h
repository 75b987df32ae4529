// Which places of one function a location means, and how well they fit: doc/INSTRUMENT.md,
// "Matching". Compares debug locations and, where these leave a doubt, reads the source text.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_MATCH_LOCATION_H_
#define FLOWMON_RUNTIME_INSTRUMENT_MATCH_LOCATION_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "flowdb/flowdb.h"
#include "runtime/instrument/function_places.h"
#include "runtime/instrument/source_tokens.h"

namespace flowmon {

// How far the places are from the location. Up to kEnclosing they are what it means.
using Distance = uint32_t;
inline constexpr Distance kInside = 0;     // code at these columns
inline constexpr Distance kAtEntry = 1;    // the entry of the function that is declared there
inline constexpr Distance kEnclosing = 2;  // no code of its own: the expression that it is part of
inline constexpr Distance kFarthest = std::numeric_limits<Distance>::max();

struct LocationPlaces {
  Distance distance = kFarthest;  // beyond kEnclosing: plus the columns to the nearest code
  std::vector<Place> places;  // in program order; empty: the function does not have the location
  // They are the code of what the location names and nothing else: an expression, not an operator
  // or a function's name.
  bool is_expression = false;
};

// `places` are the function's in the location's file, `source` that file, nullptr if unreadable.
LocationPlaces MatchLocation(const Location& location, const PlacesByLine& places,
                             const SourceTokens* source);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_MATCH_LOCATION_H_
