/// What the samplers found, as metrics.
extension SamplerReadings {
    func read(into snapshot: inout MetricSnapshot) {
        readMemory(into: &snapshot)
        readProcess(into: &snapshot)
        readHost(into: &snapshot)
        readPressure(into: &snapshot)
        readCgroup(into: &snapshot)
        for status in statuses {
            let name = [status.name.rawValue]
            snapshot.set("skep_sampler_up", name, status.up ? 1 : 0)
            snapshot.set("skep_sampler_errors_total", name, status.errors)
            snapshot.set("skep_sampler_duration_seconds", name, Double(status.durationNanoseconds) / 1e9)
        }
    }

    private func readMemory(into snapshot: inout MetricSnapshot) {
        if let memory = processMemory.value {
            snapshot.set("process_resident_memory_bytes", memory.resident)
            snapshot.set("process_virtual_memory_bytes", memory.virtual)
            snapshot.set("skep_process_resident_memory_bytes", ["anonymous"], memory.residentAnonymous)
            snapshot.set("skep_process_resident_memory_bytes", ["file"], memory.residentFile)
            snapshot.set("skep_process_resident_memory_bytes", ["shared"], memory.residentShared)
            snapshot.set("skep_process_resident_memory_peak_bytes", memory.peakResident)
            snapshot.set("skep_process_virtual_memory_peak_bytes", memory.peakVirtual)
            snapshot.set("skep_process_data_memory_bytes", memory.data)
            snapshot.set("skep_process_swap_bytes", memory.swap)
        }
        snapshot.set("skep_process_proportional_memory_bytes", proportionalMemory.value?.resident)
    }

    private func readProcess(into snapshot: inout MetricSnapshot) {
        if let cpu = processCPU.value {
            snapshot.set("process_cpu_seconds_total", [], cpu.user + cpu.system)
            snapshot.set("skep_process_cpu_seconds_total", ["user"], cpu.user)
            snapshot.set("skep_process_cpu_seconds_total", ["system"], cpu.system)
            for thread in cpu.threads {
                let name = "\(thread.label)_\(thread.index)"
                snapshot.set("skep_thread_cpu_seconds_total", [name, "user"], thread.user)
                snapshot.set("skep_thread_cpu_seconds_total", [name, "system"], thread.system)
            }
        }
        if let activity = processActivity.value {
            snapshot.set("process_threads", activity.threads)
            snapshot.set("process_start_time_seconds", [], activity.startTime)
            let switches = "skep_process_context_switches_total"
            snapshot.set(switches, ["voluntary"], activity.voluntaryContextSwitches)
            snapshot.set(switches, ["involuntary"], activity.involuntaryContextSwitches)
            snapshot.set("skep_process_page_faults_total", ["minor"], activity.minorPageFaults)
            snapshot.set("skep_process_page_faults_total", ["major"], activity.majorPageFaults)
        }
        if let files = fileDescriptors.value {
            snapshot.set("process_open_fds", files.open)
            snapshot.set("process_max_fds", files.limit)
        }
        if let disk = processIO.value {
            snapshot.set("skep_process_disk_bytes_total", ["read"], disk.read)
            snapshot.set("skep_process_disk_bytes_total", ["written"], disk.written)
        }
    }

    private func readHost(into snapshot: inout MetricSnapshot) {
        if let load = hostLoad.value {
            snapshot.set("skep_host_load1", [], load.one)
            snapshot.set("skep_host_load5", [], load.five)
            snapshot.set("skep_host_load15", [], load.fifteen)
            snapshot.set("skep_host_uptime_seconds", [], load.uptimeSeconds)
        }
        if let memory = hostMemory.value {
            snapshot.set("skep_host_memory_bytes", memory.total)
            snapshot.set("skep_host_memory_available_bytes", memory.available)
            snapshot.set("skep_host_memory_free_bytes", memory.free)
            snapshot.set("skep_host_swap_bytes", memory.swapTotal)
            snapshot.set("skep_host_swap_free_bytes", memory.swapFree)
        }
        if let cpu = hostCPU.value {
            let idle = cpu.idle + cpu.ioWait
            snapshot.set("skep_host_cpu_seconds_total", ["busy"], cpu.total - idle)
            snapshot.set("skep_host_cpu_seconds_total", ["idle"], idle)
        }
        for interface in hostNetwork.value?.interfaces ?? [] {
            snapshot.set("skep_host_network_bytes_total", [interface.name, "received"], interface.received)
            snapshot.set("skep_host_network_bytes_total", [interface.name, "sent"], interface.sent)
        }
        for device in hostDisks.value?.devices ?? [] {
            snapshot.set("skep_host_disk_bytes_total", [device.name, "read"], device.read)
            snapshot.set("skep_host_disk_bytes_total", [device.name, "written"], device.written)
        }
    }

    private func readPressure(into snapshot: inout MetricSnapshot) {
        guard let pressure = hostPressure.value else { return }
        for (resource, stall) in [("cpu", pressure.cpu), ("memory", pressure.memory), ("io", pressure.io)] {
            for (share, line) in [("some", stall?.some), ("full", stall?.full)] {
                snapshot.set("skep_pressure_ratio", [resource, share], line?.share)
                snapshot.set("skep_pressure_seconds_total", [resource, share], line?.total)
            }
        }
    }

    private func readCgroup(into snapshot: inout MetricSnapshot) {
        guard let use = cgroup.value else { return }
        snapshot.set("skep_cgroup_memory_bytes", use.memory)
        snapshot.set("skep_cgroup_memory_limit_bytes", use.limits.memory)
        snapshot.set("skep_cgroup_oom_kills_total", use.oomKills)
        snapshot.set("skep_cgroup_cpu_limit", [], use.limits.cpus)
        snapshot.set("skep_cgroup_cpu_seconds_total", ["user"], use.cpu?.user)
        snapshot.set("skep_cgroup_cpu_seconds_total", ["system"], use.cpu?.system)
        snapshot.set("skep_cgroup_cpu_throttled_seconds_total", [], use.cpu?.throttled)
        snapshot.set("skep_cgroup_pids", use.tasks)
        snapshot.set("skep_cgroup_pids_limit", use.limits.tasks)
    }
}
