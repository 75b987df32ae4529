// Compiled only for the headers that go with it (test/CMakeLists.txt).
