/* bcryptprimitives.dll for a Wine that has none: Go programs take their random
   numbers from its ProcessPrng. Only the tests use it. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
	return RtlGenRandom(data, (ULONG)length);
}
