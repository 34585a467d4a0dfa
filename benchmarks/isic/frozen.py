"""The pretrained backbone as it is: a logistic regression on means of its maps, and no training of a network."""
import numpy as np

from isic.data import DIAGNOSES


def predict(args, size, train, test):
    """``{photograph: [3]}`` of the test photographs; the means of maps are kept in ``OUT/peers``."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    file = args.out / 'peers' / f'frozen_{size}.npz'
    if not file.is_file():
        np.savez_compressed(file, **{each.name: pooled for each, pooled in embed(args, size, [*train, *test])})
    vectors = dict(np.load(file))
    x, y = ([vectors[each.name] for each in part] for part in (train, test))
    model = make_pipeline(StandardScaler(), GridSearchCV(
        LogisticRegression(max_iter=2000), {'C': np.logspace(-5, 0, 6)}, cv=5, scoring='neg_log_loss'))
    return fit_predict(model, x, y, train, test)


def fit_predict(model, x, y, train, test):
    """``{photograph: [3]}`` by a classifier of scikit-learn; zero for a diagnosis that the training part has not."""
    model.fit(x, [each.diagnosis for each in train])
    probs = np.zeros((len(test), len(DIAGNOSES)))
    probs[:, model.classes_] = model.predict_proba(y)
    return {each.name: row.tolist() for each, row in zip(test, probs)}


def embed(args, size, photographs):
    """Yield each photograph with the means of all maps of the backbone, ``[C]``."""
    import cv2
    import torch

    from isic.backbones import of_lopm
    from lopm.datasets.photographs import read_photograph
    from lopm.models.building import build_backbone
    from lopm.packages import MEAN, STD
    torch.set_num_threads(args.threads)
    backbone, _ = build_backbone(of_lopm('lite0'))
    backbone.body.init_weights()
    backbone.eval()
    for each in photographs:
        rgb = cv2.resize(read_photograph(args.data / each.file), (size, size), interpolation=cv2.INTER_AREA)[..., ::-1]
        inputs = (torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() - MEAN) / STD
        with torch.no_grad():
            yield each, torch.cat([feat.mean((2, 3))[0] for feat in backbone(inputs)]).numpy()
