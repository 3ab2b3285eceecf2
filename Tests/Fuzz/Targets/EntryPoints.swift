// Where a fuzzer comes in; `fuzz.sh` links one of them as the program's LLVMFuzzerTestOneInput.

/// Safe: the fuzzer owns the memory for the call, and the bytes are copied at once.
@_cdecl("skep_fuzz_decoder")
package func fuzzDecoder(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    DecoderFuzz.fuzz(unsafe [UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// Safe: the fuzzer owns the memory for the call, and the bytes are copied at once.
@_cdecl("skep_fuzz_shard")
package func fuzzShard(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    ShardFuzz.fuzz(unsafe [UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// Safe: the fuzzer owns the memory for the call, and the bytes are copied at once.
@_cdecl("skep_fuzz_keys")
package func fuzzKeys(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    KeyFileFuzz.fuzz(unsafe [UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// Safe: the fuzzer owns the memory for the call, and the bytes are copied at once.
@_cdecl("skep_fuzz_proxy")
package func fuzzProxy(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    DoorFuzz.proxy(unsafe [UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// Safe: the fuzzer owns the memory for the call, and the bytes are copied at once.
@_cdecl("skep_fuzz_websocket")
package func fuzzWebSocket(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    DoorFuzz.webSocket(unsafe [UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
