class Inference:
    def find(self, contract, operation):
        return None
