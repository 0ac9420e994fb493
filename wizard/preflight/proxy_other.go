//go:build !windows

package preflight

// readSystemProxy: outside Windows the environment is all that programs share.
func readSystemProxy() (systemProxy, error) { return systemProxy{}, nil }
