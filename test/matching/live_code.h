// Which statements clang emits no code for, whatever the optimisation level: its front end leaves
// out what a constant condition or a jump in front makes unreachable.

#ifndef FLOWMON_TEST_MATCHING_LIVE_CODE_H_
#define FLOWMON_TEST_MATCHING_LIVE_CODE_H_

#include <vector>

namespace clang {
class ASTContext;
class Expr;
class Stmt;
class SwitchStmt;
}  // namespace clang

namespace flowmon::test {

// `child` is a direct child of `parent`. Statements with a label or a case inside are never dead.
bool IsDeadChild(const clang::ASTContext& context, const clang::Stmt& parent,
                 const clang::Stmt& child);

// Whether the front end knows its value, so that nothing is left to compute.
bool IsConstantCondition(const clang::ASTContext& context, const clang::Expr& condition);

// The statements of a switch over a constant that lie outside of the chosen case.
std::vector<const clang::Stmt*> DeadCases(const clang::ASTContext& context,
                                          const clang::SwitchStmt& choice);

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_MATCHING_LIVE_CODE_H_
