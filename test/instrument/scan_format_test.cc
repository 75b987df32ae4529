#include "runtime/instrument/scan_format.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace flowmon {
namespace {

using Kind = ScannedData::Kind;

TEST(ScanFormatTest, TheFirstThatIsStored) {
  const struct {
    const char* format;
    std::optional<ScannedData> first;
  } cases[] = {
      {"%d", {{Kind::kBytes, 4}}},
      {"%hhu", {{Kind::kBytes, 1}}},
      {"%hx", {{Kind::kBytes, 2}}},
      {"%ld", {{Kind::kBytes, 8}}},
      {"%lld", {{Kind::kBytes, 8}}},
      {"%zu", {{Kind::kBytes, 8}}},
      {"%jd", {{Kind::kBytes, 8}}},
      {"%f", {{Kind::kBytes, 4}}},
      {"%lf", {{Kind::kBytes, 8}}},
      {"%Lg", {{Kind::kBytes, 16}}},
      {"%p", {{Kind::kBytes, 8}}},
      {"%c", {{Kind::kBytes, 1}}},
      {"%12c", {{Kind::kBytes, 12}}},
      {"%s", {{Kind::kText}}},
      {"%15s %d", {{Kind::kText}}},
      {"%[^]]", {{Kind::kText}}},
      {"%ms", {{Kind::kAllocatedText}}},
      {"%m[a-z]", {{Kind::kAllocatedText}}},
      {"x=%% %*d%*[^]%d] %n%hd", {{Kind::kBytes, 2, 1}}},
      {"%n%*d%ln%ms", {{Kind::kAllocatedText, 0, 2}}},
      {"", std::nullopt},
      {"no", std::nullopt},
      {"%", std::nullopt},
      {"%*d", std::nullopt},
      {"%n", std::nullopt},
      {"%ls", std::nullopt},
      {"%y", std::nullopt},
      {"%*[", std::nullopt},
  };
  for (const auto& c : cases) EXPECT_EQ(FirstScanned(c.format), c.first) << c.format;
}

TEST(ScanFormatTest, GarbageIsReadToItsEnd) {
  std::mt19937 random(1);
  constexpr char kPieces[] = "%*[]^dsclhm019 n";
  for (int round = 0; round < 20000; ++round) {
    std::string format;
    for (size_t n = random() % 12; n > 0; --n) format += kPieces[random() % (sizeof(kPieces) - 1)];
    FirstScanned(format);
  }
}

}  // namespace
}  // namespace flowmon
