// Which statements clang emits no code for, whatever the optimisation level: its front end leaves
// out what a constant condition or a jump in front makes unreachable.

#ifndef FLOWMON_TEST_MATCHING_LIVE_CODE_H_
#define FLOWMON_TEST_MATCHING_LIVE_CODE_H_

namespace clang {
class ASTContext;
class Stmt;
}  // namespace clang

namespace flowmon::test {

// `child` is a direct child of `parent`. Statements with a label or a case inside are never dead.
bool IsDeadChild(const clang::ASTContext& context, const clang::Stmt& parent,
                 const clang::Stmt& child);

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_MATCHING_LIVE_CODE_H_
