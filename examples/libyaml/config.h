/* What libyaml's own build writes: the version that is fetched. */

#ifndef FLOWMON_EXAMPLES_LIBYAML_CONFIG_H_
#define FLOWMON_EXAMPLES_LIBYAML_CONFIG_H_

#define YAML_VERSION_MAJOR 0
#define YAML_VERSION_MINOR 2
#define YAML_VERSION_PATCH 5
#define YAML_VERSION_STRING "0.2.5"

#endif /* FLOWMON_EXAMPLES_LIBYAML_CONFIG_H_ */
