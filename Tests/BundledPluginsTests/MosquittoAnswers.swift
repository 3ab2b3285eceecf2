/// Access files made at random, and what Mosquitto 2.0.11 lets clients do by them: it was asked for each topic.
enum MosquittoAnswers {
    /// The topics that it was asked for.
    static let topics = [
        "u1/a", "a", "u1", "$dev/u1", "b/x y/x y", "b", "/x y/b", "x y/b/x y", "u1/b", "a/x y/c1", "a/u1",
        "c1/c1/x y", "c1", "/u1", "a/c1/b", "u1/c1", "c1/c1", "b/b", "x y", "u1/x y", "a//u1", "$dev//b",
        "$dev/x y", "u1/u1", "c1/a", "/a/x y", "a/c1/a", "b/b/u1", "c1/a/b", "c1/u1", "u1c1", "pc1/a", "a/b",
        "$dev/a",
    ]

    /// One client: all that it may publish and get of the topics; nothing else.
    struct Answer: Sendable {
        let client: String
        let user: String?
        let publishes: [Int]
        let gets: [Int]
    }

    static let files: [(text: String, answers: [Answer])] = [
        (
            """
            user root
            topic readwrite #
            topic readwrite $dev/#
            # comment
            topic read +
            pattern write +/+/#
            topic read +/b
            # comment

            """,
            [
                Answer(
                    client: "c1", user: "u1",
                    publishes: [
                        0, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 20, 23, 24, 25, 26, 27, 28, 29, 31, 32,
                    ], gets: []),
                Answer(
                    client: "c1", user: nil,
                    publishes: [
                        0, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 20, 23, 24, 25, 26, 27, 28, 29, 31, 32,
                    ], gets: []),
                Answer(client: "c+", user: "u1", publishes: [], gets: []),
                Answer(client: "c1", user: "u+", publishes: [], gets: []),
                Answer(
                    client: "c/1", user: "name with space",
                    publishes: [
                        0, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 20, 23, 24, 25, 26, 27, 28, 29, 31, 32,
                    ], gets: []),
                Answer(
                    client: "zz", user: "other",
                    publishes: [
                        0, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 20, 23, 24, 25, 26, 27, 28, 29, 31, 32,
                    ], gets: []),
            ]
        ),
        (
            """
            topic deny u1
            topic deny c1
            topic u1/+/#
            user root
            topic readwrite #
            topic readwrite $dev/#
            topic write c1/+/+
            pattern write %c
            pattern write a/#

            """,
            [
                Answer(client: "c1", user: "u1", publishes: [1, 9, 10, 12, 14, 20, 26, 32], gets: []),
                Answer(
                    client: "c1", user: nil, publishes: [0, 1, 8, 9, 10, 14, 15, 19, 20, 23, 26, 32],
                    gets: [0, 8, 15, 19, 23]),
                Answer(client: "c+", user: "u1", publishes: [], gets: []),
                Answer(client: "c1", user: "u+", publishes: [], gets: []),
                Answer(client: "c/1", user: "name with space", publishes: [1, 9, 10, 14, 20, 26, 32], gets: []),
                Answer(client: "zz", user: "other", publishes: [1, 9, 10, 14, 20, 26, 32], gets: []),
            ]
        ),
        (
            """
            topic +/+/#
            topic deny c1
            user root
            topic readwrite #
            topic readwrite $dev/#
            user u1
            topic write +
            pattern readwrite %u%c
            pattern deny +/p%c/%u%c

            """,
            [
                Answer(client: "c1", user: "u1", publishes: [1, 2, 5, 12, 18, 30], gets: [30]),
                Answer(
                    client: "c1", user: nil,
                    publishes: [
                        0, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 20, 23, 24, 25, 26, 27, 28, 29, 31, 32,
                    ], gets: [0, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 20, 23, 24, 25, 26, 27, 28, 29, 31, 32]),
                Answer(client: "c+", user: "u1", publishes: [1, 2, 5, 12, 18, 30], gets: []),
                Answer(client: "c1", user: "u+", publishes: [], gets: []),
                Answer(client: "c/1", user: "name with space", publishes: [], gets: []),
                Answer(client: "zz", user: "other", publishes: [], gets: []),
            ]
        ),
        (
            """
            user root
            topic readwrite #
            topic readwrite $dev/#
            user u1
            user u+
            topic deny +/+
            topic readwrite u1
            pattern deny $dev//%u%c
            user name with space
            pattern write +/a/#
            # comment

            """,
            [
                Answer(client: "c1", user: "u1", publishes: [0, 24, 25, 28, 31], gets: []),
                Answer(client: "c1", user: nil, publishes: [0, 24, 25, 28, 31], gets: []),
                Answer(client: "c+", user: "u1", publishes: [], gets: []),
                Answer(client: "c1", user: "u+", publishes: [2], gets: [2]),
                Answer(client: "c/1", user: "name with space", publishes: [0, 24, 25, 28, 31], gets: []),
                Answer(client: "zz", user: "other", publishes: [0, 24, 25, 28, 31], gets: []),
            ]
        ),
        (
            """
            user root
            topic readwrite #
            topic readwrite $dev/#
            user u1
            user u1
            pattern %u/%u%c
            topic deny a/+/+
            topic readwrite +/+/#
            topic write $dev/+/u1/+
            # comment

            """,
            [
                Answer(
                    client: "c1", user: "u1",
                    publishes: [0, 4, 6, 7, 8, 10, 11, 13, 15, 16, 17, 19, 23, 24, 25, 27, 28, 29, 31, 32],
                    gets: [0, 4, 6, 7, 8, 10, 11, 13, 15, 16, 17, 19, 23, 24, 25, 27, 28, 29, 31, 32]),
                Answer(client: "c1", user: nil, publishes: [], gets: []),
                Answer(
                    client: "c+", user: "u1",
                    publishes: [0, 4, 6, 7, 8, 10, 11, 13, 15, 16, 17, 19, 23, 24, 25, 27, 28, 29, 31, 32],
                    gets: [0, 4, 6, 7, 8, 10, 11, 13, 15, 16, 17, 19, 23, 24, 25, 27, 28, 29, 31, 32]),
                Answer(client: "c1", user: "u+", publishes: [], gets: []),
                Answer(client: "c/1", user: "name with space", publishes: [], gets: []),
                Answer(client: "zz", user: "other", publishes: [], gets: []),
            ]
        ),
        (
            """
            topic read +/#
            user root
            topic readwrite #
            topic readwrite $dev/#
            topic write +/x y/#
            user u+
            topic +
            user u1
            pattern deny $dev/%u%c/u1/%u/#
            pattern read %u%c
            pattern deny b/p%c/p%c/#

            """,
            [
                Answer(client: "c1", user: "u1", publishes: [], gets: [30]),
                Answer(
                    client: "c1", user: nil, publishes: [],
                    gets: [
                        0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27, 28,
                        29, 30, 31, 32,
                    ]),
                Answer(client: "c+", user: "u1", publishes: [], gets: []),
                Answer(client: "c1", user: "u+", publishes: [1, 2, 5, 12, 18, 30], gets: [1, 2, 5, 12, 18, 30]),
                Answer(client: "c/1", user: "name with space", publishes: [], gets: []),
                Answer(client: "zz", user: "other", publishes: [], gets: []),
            ]
        ),
        (
            """
            topic readwrite +/+/+/#
            user root
            topic readwrite #
            topic readwrite $dev/#
            pattern deny +/%u%c/#
            pattern readwrite +
            user u1

            """,
            [
                Answer(client: "c1", user: "u1", publishes: [1, 2, 5, 12, 18, 30], gets: [1, 2, 5, 12, 18, 30]),
                Answer(
                    client: "c1", user: nil, publishes: [1, 2, 4, 5, 6, 7, 9, 11, 12, 14, 18, 20, 25, 26, 27, 28, 30],
                    gets: [1, 2, 4, 5, 6, 7, 9, 11, 12, 14, 18, 20, 25, 26, 27, 28, 30]),
                Answer(client: "c+", user: "u1", publishes: [], gets: []),
                Answer(client: "c1", user: "u+", publishes: [], gets: []),
                Answer(
                    client: "c/1", user: "name with space", publishes: [1, 2, 5, 12, 18, 30],
                    gets: [1, 2, 5, 12, 18, 30]),
                Answer(client: "zz", user: "other", publishes: [1, 2, 5, 12, 18, 30], gets: [1, 2, 5, 12, 18, 30]),
            ]
        ),
        (
            """
            user root
            topic readwrite #
            topic readwrite $dev/#
            pattern write +
            user u1
            topic readwrite +/c1
            user u+
            pattern read b/%u
            topic write x y

            """,
            [
                Answer(client: "c1", user: "u1", publishes: [1, 2, 5, 12, 15, 16, 18, 30], gets: [15, 16]),
                Answer(client: "c1", user: nil, publishes: [1, 2, 5, 12, 18, 30], gets: []),
                Answer(client: "c+", user: "u1", publishes: [15, 16], gets: [15, 16]),
                Answer(client: "c1", user: "u+", publishes: [18], gets: []),
                Answer(client: "c/1", user: "name with space", publishes: [1, 2, 5, 12, 18, 30], gets: []),
                Answer(client: "zz", user: "other", publishes: [1, 2, 5, 12, 18, 30], gets: []),
            ]
        ),
    ]
}
