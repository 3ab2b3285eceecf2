"""Shows that the crash test finds what it is made to find: brokers with one defect each, and one without."""
import faulty_broker
import rig
from loop import Loop

ROUNDS, LONGEST_LOAD, SILENCE_SECONDS, TIME_LIMIT = 3, 0.5, 2, 60


# How many more plans a defect gets that did not show.
OTHER_PLANS = 4


def run(defect, seed):
    """The ledger of a run against a broker with this defect, and why the run could not go on, if so."""
    loop = Loop()
    broker = faulty_broker.FaultyBroker(loop, defect, seed)
    test = rig.Rig(broker, seed, TIME_LIMIT, loop=loop, silence=SILENCE_SECONDS, longest_load=LONGEST_LOAD)
    try:
        test.run(ROUNDS)
    except rig.Failed as error:
        return test.ledger, str(error)
    return test.ledger, None


def main(seed):
    """Whether all was found; prints what was not."""
    failures = 0
    for defect, kind in {None: None, **faulty_broker.DEFECTS}.items():
        ledger, failure = run(defect, seed)
        found = dict(ledger.counts)
        # A defect shows only if chance gives it an occasion: then another plan does.
        for other in range(1, OTHER_PLANS + 1):
            if kind is None or failure is not None or kind in found:
                break
            ledger, failure = run(defect, seed + other)
            found = dict(ledger.counts)
        is_right = failure is None and (kind in found if kind else not found)
        failures += not is_right
        print(f"{'right' if is_right else 'WRONG'}: a broker that {defect or 'keeps everything'}: {found or 'no fault'}"
              + (f"; {failure}" if failure else ""), flush=True)
        if not is_right:
            for each, words in ledger.examples.items():
                print(f"    {each}: {words}")
    print(f"{failures} of {1 + len(faulty_broker.DEFECTS)} were wrong, seed {seed}")
    return failures == 0
