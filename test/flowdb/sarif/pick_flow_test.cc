#include "flowdb/sarif/pick_flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

namespace flowmon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// One letter a step: s source, t taint, k sink, o clang's origin, '.' nothing.
std::pair<size_t, size_t> Ends(std::string_view roles) {
  std::vector<SarifStep> steps(roles.size());
  for (size_t i = 0; i < roles.size(); ++i) {
    steps[i].is_source = roles[i] == 's';
    steps[i].is_taint = roles[i] == 't';
    steps[i].is_sink = roles[i] == 'k';
    steps[i].is_taint_origin = roles[i] == 'o';
  }
  const FlowEnds ends = PickEnds(steps);
  return {ends.source, ends.sink};
}

TEST(PickEnds, FirstAndLastWithoutRoles) { EXPECT_EQ(Ends("..."), std::pair(0ul, 2ul)); }
TEST(PickEnds, RolesWin) {
  EXPECT_EQ(Ends(".s.k."), std::pair(1ul, 3ul));
  EXPECT_EQ(Ends(".tt.."), std::pair(1ul, 4ul));
  EXPECT_EQ(Ends(".tso."), std::pair(3ul, 4ul));
  EXPECT_EQ(Ends(".kk."), std::pair(0ul, 2ul));
}
TEST(PickEnds, ASourceIsBeforeTheSink) {
  EXPECT_EQ(Ends("..k.s"), std::pair(0ul, 2ul));
  EXPECT_EQ(Ends("..t"), std::pair(0ul, 2ul));
  EXPECT_EQ(Ends("k.."), std::pair(0ul, 2ul));
}

// Sizes of the parts.
std::vector<size_t> Split(const std::vector<int64_t>& orders) {
  std::vector<SarifStep> steps(orders.size());
  for (size_t i = 0; i < orders.size(); ++i) steps[i].execution_order = orders[i];
  std::vector<size_t> sizes;
  for (const auto part : SplitFlow(steps)) sizes.push_back(part.size());
  return sizes;
}

TEST(SplitFlow, WhereTheOrderStartsAgain) {
  EXPECT_THAT(Split({}), IsEmpty());
  EXPECT_THAT(Split({-1, -1, -1}), ElementsAre(3));
  EXPECT_THAT(Split({1, 2, 2, 3}), ElementsAre(4));
  EXPECT_THAT(Split({1, 2, 3, 1, 2, 0, 1, 2}), ElementsAre(3, 2, 3));
  EXPECT_THAT(Split({1, -1, 3, 1, -1}), ElementsAre(3, 2));
}

}  // namespace
}  // namespace flowmon
