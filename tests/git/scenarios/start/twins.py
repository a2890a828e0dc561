"""Three counters that look alike."""


class Left:
    def share(self, count):
        whole = 100
        part = whole // count
        return part


class Middle:
    def share(self, count):
        whole = 100
        part = whole // count
        return part


class Right:
    def share(self, count):
        whole = 100
        part = whole // count
        return part
