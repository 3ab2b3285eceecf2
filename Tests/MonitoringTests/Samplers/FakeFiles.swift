import Monitoring

/// What a machine shows, file by file.
enum FakeFiles {
    static let information = SystemInformation(
        loads: [0.25, 0.5, 0.75], uptimeSeconds: 777, memoryTotal: 4_000_000, memoryFree: 1_000_000, swapTotal: 2_000,
        swapFree: 1_000)

    static let all: [String: String] = [
        "proc/self/statm": """
        262144 25000 4000 2000 0 60000 0

        """,
        "proc/self/status": """
        Name:	skep
        Umask:	0022
        State:	S (sleeping)
        Tgid:	4711
        Uid:	0	0	0	0
        Groups:	\u{20}
        VmPeak:	 1050000 kB
        VmSize:	 1048576 kB
        VmLck:	       0 kB
        VmHWM:	  120000 kB
        VmRSS:	  100000 kB
        RssAnon:	   84000 kB
        RssFile:	   15000 kB
        RssShmem:	    1000 kB
        VmData:	  240000 kB
        VmSwap:	      12 kB
        Threads:	5
        SigQ:	0/96365
        SigCgt:	0000000000000000
        Cpus_allowed_list:	0-1
        voluntary_ctxt_switches:	17
        nonvoluntary_ctxt_switches:	3

        """,
        "proc/self/stat": """
        4711 (skep) S 1 4711 4711 0 -1 4194304 1200 0 3 0 1234 567 0 0 20 0 5 0 98765 1073741824 25000 \
        18446744073709551615 94683272986624 94683273006505 140724819569152 0 0 0 0 4096 1260 0 0 0 17 0 0 0 \
        0 0 0 94683273022512 94683273024128 94684199522304 140724819573360 140724819573475 140724819573475 \
        140724819574763 0

        """,
        "proc/self/io": """
        rchar: 7404
        wchar: 428
        syscr: 16
        syscw: 3
        read_bytes: 8192
        write_bytes: 4096
        cancelled_write_bytes: 0

        """,
        "proc/self/smaps_rollup": """
        562f3e907000-7fff08304000 ---p 00000000 00:00 0                          [rollup]
        Rss:              100000 kB
        Pss:               90000 kB
        Pss_Dirty:           112 kB
        Swap:                 12 kB
        SwapPss:               6 kB
        Locked:                0 kB

        """,
        "proc/self/cgroup": """
        0::/system.slice/skep.service

        """,
        "proc/self/net/dev": """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo \
        colls carrier compressed
            lo: 61121536002 40757774    0    0    0     0          0         0 61121536002 40757774    0    \
        0    0     0       0          0
          eth0: 20626119     758    0    0    0     0          0         0    67440     625    0    0    0  \
           0       0          0

        """,
        "proc/self/task/4711/stat": """
        4711 (skep) S 1 4711 4711 0 -1 4194304 10 0 0 0 100 50 0 0 20 0 5 0 98800 1073741824 25000 \
        18446744073709551615 1 1 1 0 0 0 0 4096 1260 0 0 0 17 0 0 0 0 0 0 1 1 1 1 1 1 1 0

        """,
        "proc/self/task/4713/stat": """
        4713 (NIO-ELT-0-#1) S 1 4711 4711 0 -1 4194304 10 0 0 0 400 200 0 0 20 0 5 0 98800 1073741824 25000 \
        18446744073709551615 1 1 1 0 0 0 0 4096 1260 0 0 0 17 0 0 0 0 0 0 1 1 1 1 1 1 1 0

        """,
        "proc/self/task/4712/stat": """
        4712 (NIO-ELT-0-#0) S 1 4711 4711 0 -1 4194304 10 0 0 0 300 100 0 0 20 0 5 0 98800 1073741824 25000 \
        18446744073709551615 1 1 1 0 0 0 0 4096 1260 0 0 0 17 0 0 0 0 0 0 1 1 1 1 1 1 1 0

        """,
        "proc/self/task/4714/stat": """
        4714 (NIO-SGLTN-0-#0) S 1 4711 4711 0 -1 4194304 10 0 0 0 5 5 0 0 20 0 5 0 98800 1073741824 25000 \
        18446744073709551615 1 1 1 0 0 0 0 4096 1260 0 0 0 17 0 0 0 0 0 0 1 1 1 1 1 1 1 0

        """,
        "proc/self/task/4715/stat": """
        4715 (a) R (b) S 1 4711 4711 0 -1 4194304 10 0 0 0 5 5 0 0 20 0 5 0 98800 1073741824 25000 \
        18446744073709551615 1 1 1 0 0 0 0 4096 1260 0 0 0 17 0 0 0 0 0 0 1 1 1 1 1 1 1 0

        """,
        "proc/loadavg": """
        0.50 1.42 10.80 1/82 17340

        """,
        "proc/uptime": """
        12323.52 11624.57

        """,
        "proc/meminfo": """
        MemTotal:       24684096 kB
        MemFree:        23899212 kB
        MemAvailable:   24252912 kB
        Buffers:            5480 kB
        Cached:           419292 kB
        SwapCached:            0 kB
        SwapTotal:       1048576 kB
        SwapFree:         524288 kB
        HugePages_Total:       0
        Hugepagesize:       2048 kB

        """,
        "proc/stat": """
        cpu  1170500 200 92800 1162400 7300 100 14900 16500 0 0
        cpu0 547801 2 43265 623686 1474 0 7409 8318 0 0
        cpu1 622753 0 49604 538771 5915 0 7583 8271 0 0
        intr 10052735 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1 16
        ctxt 23146491
        btime 1795232826
        processes 114719
        procs_running 2
        procs_blocked 0

        """,
        "proc/diskstats": """
         254       0 vda 709133 42776 1000 1943010 197625 142316 2000 133032 0 122544 2096433 76496 1 \
        12833520 18940 27034 1450
         254       1 vda1 709133 42776 1000 1943010 197625 142316 2000 133032 0 122544 2096433 76496 1 \
        12833520 18940 27034 1450
           7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
         104       0 cciss/c0d0 10 0 30 1 20 0 40 1 0 1 1

        """,
        "proc/pressure/cpu": """
        some avg10=12.50 avg60=0.20 avg300=2.61 total=3019317622
        full avg10=0.00 avg60=0.00 avg300=0.00 total=0

        """,
        "proc/pressure/memory": """
        some avg10=1.00 avg60=0.00 avg300=0.00 total=2000000
        full avg10=0.50 avg60=0.00 avg300=0.00 total=1000000

        """,
        "proc/pressure/io": """
        some avg10=100.00 avg60=0.00 avg300=0.00 total=500000
        full avg10=0.00 avg60=0.00 avg300=0.00 total=7

        """,
        "sys/block/vda/stat": """
          709133 42776 1000 1943010 197625 142316 2000 133032 0 122544 2096433 76496 1 12833520 18940 27034 \
        1450

        """,
        "sys/block/loop0/stat": """
               0        0        0        0        0        0        0        0        0        0        0

        """,
        "sys/block/cciss!c0d0/stat": """
              10        0       30        1       20        0       40        1        0        1        1

        """,
        "sys/fs/cgroup/cgroup.controllers": """
        cpu io memory pids

        """,
        "sys/fs/cgroup/system.slice/cgroup.controllers": """
        cpu io memory pids

        """,
        "sys/fs/cgroup/system.slice/memory.max": """
        1073741824

        """,
        "sys/fs/cgroup/system.slice/memory.high": """
        max

        """,
        "sys/fs/cgroup/system.slice/cpu.max": """
        max 100000

        """,
        "sys/fs/cgroup/system.slice/pids.max": """
        max

        """,
        "sys/fs/cgroup/system.slice/skep.service/cgroup.controllers": """
        cpu io memory pids

        """,
        "sys/fs/cgroup/system.slice/skep.service/memory.current": """
        104857600

        """,
        "sys/fs/cgroup/system.slice/skep.service/memory.max": """
        2147483648

        """,
        "sys/fs/cgroup/system.slice/skep.service/memory.high": """
        900000000

        """,
        "sys/fs/cgroup/system.slice/skep.service/memory.events": """
        low 0
        high 2
        max 5
        oom 1
        oom_kill 3
        oom_group_kill 0

        """,
        "sys/fs/cgroup/system.slice/skep.service/cpu.max": """
        150000 100000

        """,
        "sys/fs/cgroup/system.slice/skep.service/cpu.stat": """
        usage_usec 5000000
        user_usec 3000000
        system_usec 2000000
        nr_periods 100
        nr_throttled 7
        throttled_usec 1500000

        """,
        "sys/fs/cgroup/system.slice/skep.service/pids.current": """
        5

        """,
        "sys/fs/cgroup/system.slice/skep.service/pids.max": """
        100

        """,
        "sys/fs/cgroup/system.slice/skep.service/cpu.pressure": """
        some avg10=3.00 avg60=0.00 avg300=0.00 total=1000000
        full avg10=0.00 avg60=0.00 avg300=0.00 total=0

        """,
        "sys/fs/cgroup/system.slice/skep.service/memory.pressure": """
        some avg10=2.00 avg60=0.00 avg300=0.00 total=1000000
        full avg10=0.00 avg60=0.00 avg300=0.00 total=0

        """,
        "sys/fs/cgroup/system.slice/skep.service/io.pressure": """
        some avg10=1.00 avg60=0.00 avg300=0.00 total=1000000
        full avg10=0.00 avg60=0.00 avg300=0.00 total=0

        """,
    ]
}
